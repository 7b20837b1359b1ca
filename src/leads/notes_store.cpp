#include "leads/notes_store.hpp"

namespace alma::leads {
namespace {

db::Statement touch(Uuid lead, Instant at) {
    static constexpr std::string_view update =
        "UPDATE leads SET version = version + 1, updated_at = $2 WHERE uuid = $1";
    return db::sql(update, lead, at);
}

}  // namespace

awaitable<std::vector<Note>> list_notes(db::Database& db, Uuid lead, std::optional<std::int64_t> before,
                                        std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT lead_notes.id, users.email, lead_notes.body, lead_notes.created_at
        FROM lead_notes JOIN users ON users.id = lead_notes.author_id
        WHERE lead_notes.lead_id = (SELECT id FROM leads WHERE uuid = $1) AND lead_notes.id < $2
        ORDER BY lead_notes.id DESC LIMIT $3)";
    constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
    const db::Rows rows = co_await db.search(db::sql(select, lead, before.value_or(end), limit));
    co_return rows.as<Note>();
}

awaitable<std::optional<Note>> add_note(db::Database& db, Uuid lead, std::string text,
                                        const http::Principal& author, Instant at) {
    static constexpr std::string_view insert = R"(
        INSERT INTO lead_notes (lead_id, author_id, body, created_at)
        SELECT id, $2, $3, $4 FROM leads WHERE uuid = $1
        RETURNING id)";
    // The row that was just made: of its author none is newer.
    static constexpr std::string_view record = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, lead_uuid, details, created_at)
        SELECT 'NOTE_ADDED', 'USER', $2, $1, '{"note":' || max(lead_notes.id) || '}', $3
        FROM lead_notes JOIN leads ON leads.id = lead_notes.lead_id
        WHERE leads.uuid = $1 AND lead_notes.author_id = $2)";
    Note note{.author = author.email, .text = text, .created_at = at};
    std::vector<db::Statement> transaction;
    // First, since it locks: notes of one lead come one after the other.
    transaction.push_back(touch(lead, at));
    transaction.push_back(db::required(insert, lead, author.id, std::move(text), at));
    transaction.push_back(db::sql(record, lead, author.id, at));
    const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(transaction));
    if (!results) co_return std::nullopt;
    note.id = results->at(1).front().get<std::int64_t>(0);
    co_return note;
}

awaitable<NoteRemoval> remove_note(db::Database& db, Uuid lead, std::int64_t note,
                                   const http::Principal& caller, Instant at) {
    static constexpr std::string_view remove = R"(
        DELETE FROM lead_notes
        WHERE id = $2 AND lead_id = (SELECT id FROM leads WHERE uuid = $1) AND (author_id = $3 OR $4)
        RETURNING id)";
    static constexpr std::string_view look =
        "SELECT 1 FROM lead_notes WHERE id = $2 AND lead_id = (SELECT id FROM leads WHERE uuid = $1)";
    const audit::Entry entry{.action = audit::Action::note_deleted,
                             .actor = audit::by(caller),
                             .lead = lead,
                             .details = fmt::format(R"({{"note":{}}})", note),
                             .at = at};
    std::vector<db::Statement> transaction;
    transaction.push_back(touch(lead, at));
    transaction.push_back(db::required(remove, lead, note, caller.id, caller.role == http::Role::admin));
    transaction.push_back(audit::record(entry));
    if (co_await db.write(std::move(transaction))) co_return NoteRemoval::removed;
    const db::Rows left = co_await db.read(db::sql(look, lead, note));
    co_return left.empty() ? NoteRemoval::not_found : NoteRemoval::not_allowed;
}

}  // namespace alma::leads
