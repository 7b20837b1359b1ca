#include "leads/submission_key.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "leads/intake.hpp"
#include "leads/resume_content.hpp"
#include "limits/keyed_hash.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace alma::leads {
namespace {

constexpr std::int64_t keys_swept_at_once = 1000;

[[noreturn]] void refuse_key() {
    throw Error(ErrorKind::invalid, std::string(submission_key_refused));
}

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

/// RFC 8941 section 4.2.5, from behind the opening quote: within quotes, a backslash stands before a quote or
/// a backslash. Parameters may follow a string there; the draft gives them no meaning, and none is taken.
std::string read_quoted(std::string_view rest) {
    std::string key;
    while (!rest.empty() && rest.front() != '"') {
        const bool is_escaped = rest.front() == '\\';
        if (is_escaped) rest.remove_prefix(1);
        if (rest.empty() || (is_escaped && rest.front() != '"' && rest.front() != '\\')) refuse_key();
        key += rest.front();
        rest.remove_prefix(1);
    }
    if (rest != "\"") refuse_key();
    return key;
}

/// Hashes texts one behind the other; each with its length, so that "ab", "c" is not "a", "bc".
class ContentHash {
public:
    explicit ContentHash(std::string_view secret) {
        std::array<std::uint8_t, 32> key;
        crypto_generichash(key.data(), key.size(), bytes_of(secret), secret.size(), nullptr, 0);
        crypto_generichash_init(&state_, key.data(), key.size(), digest_bytes);
    }
    void add(std::string_view text) {
        add_length(text.size());
        add_bytes(text);
    }
    void add(const ResumeContent& content) {
        constexpr std::size_t piece = 256 * 1024;
        add_length(content.size());
        for (std::uint64_t offset = 0; offset < content.size(); offset += piece)
            add_bytes(content.read(offset, piece));
    }
    std::string finish() {
        std::array<std::uint8_t, digest_bytes> digest;
        crypto_generichash_final(&state_, digest.data(), digest.size());
        return to_hex(digest);
    }

private:
    static constexpr std::size_t digest_bytes = 32;

    static const unsigned char* bytes_of(std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    }
    void add_bytes(std::string_view bytes) {
        crypto_generichash_update(&state_, bytes_of(bytes), bytes.size());
    }
    void add_length(std::uint64_t length) { add_bytes(std::to_string(length) + ':'); }

    crypto_generichash_state state_;
};

}  // namespace

std::optional<std::string> idempotency_key_of(const http::Request& request) {
    constexpr std::string_view name = "Idempotency-Key";
    const std::optional<std::string_view> value = request.header(name);
    if (!value) return std::nullopt;
    const auto is_the_header = [&](const http::Header& header) {
        return equals_ignoring_case(header.name, name);
    };
    if (std::ranges::count_if(request.headers, is_the_header) != 1) refuse_key();
    std::string key = value->starts_with('"') ? read_quoted(value->substr(1)) : std::string(*value);
    if (key.empty() || key.size() > max_submission_key_characters || !std::ranges::all_of(key, is_printable))
        refuse_key();
    return key;
}

/// The upload travels to the thread that reads it and back, so that neither has it taken away by the other's
/// end.
awaitable<std::string> SubmissionKeys::hash_content(LeadForm& form) const {
    struct Hashed {
        std::unique_ptr<storage::Spool> resume;
        std::string hash;
    };
    ContentHash texts(secret_);
    for (const std::string* text :
         {&form.first_name, &form.last_name, &form.email, &form.resume_name, &form.resume_type})
        texts.add(*text);
    auto job = [hash = texts, resume = std::move(form.resume)]() mutable {
        hash.add(ResumeContent(*resume));
        return Hashed{.resume = std::move(resume), .hash = hash.finish()};
    };
    Hashed hashed = co_await offload(files_, std::move(job));
    form.resume = std::move(hashed.resume);
    co_return std::move(hashed.hash);
}

awaitable<void> SubmissionKeys::give_by_header(LeadForm& form, std::string key) const {
    std::string content = co_await hash_content(form);
    form.key = SubmissionKey{.hash = limits::keyed_hash("idempotency key", key, secret_),
                             .content_hash = std::move(content)};
}

awaitable<void> SubmissionKeys::give_by_token(LeadForm& form, std::string token) const {
    std::string content = co_await hash_content(form);
    form.key = SubmissionKey{.hash = limits::keyed_hash("form token", token + content, secret_),
                             .content_hash = std::move(content)};
}

/// Built from what never changes of a lead: what became of its status since is nothing to tell a prospect.
awaitable<std::optional<Lead>> find_submitted(db::Database& db, SubmissionKey key, Instant now) {
    static constexpr std::string_view select = R"(
        SELECT content_hash, uuid, first_name, last_name, email, leads.created_at
        FROM submission_keys JOIN leads ON leads.id = lead_id
        WHERE key_hash = $1 AND submission_keys.created_at > $2)";
    const db::Rows rows = co_await db.read(db::sql(select, key.hash, now - submission_key_lifetime));
    if (rows.empty()) co_return std::nullopt;
    const db::Row row = rows.front();
    if (row.get<std::string>(0) != key.content_hash)
        throw Error(ErrorKind::unprocessable, std::string(submission_key_reused));
    const auto created_at = row.get<Instant>(5);
    co_return Lead{.uuid = row.get<Uuid>(1),
                   .first_name = row.get<std::string>(2),
                   .last_name = row.get<std::string>(3),
                   .email = row.get<std::string>(4),
                   .created_at = created_at,
                   .updated_at = created_at};
}

db::Statement take_key(const SubmissionKey& key, Uuid lead, Instant now) {
    // Over a key whose day is over but that was not swept yet.
    static constexpr std::string_view take = R"(
        INSERT INTO submission_keys (key_hash, content_hash, lead_id, created_at)
        SELECT $1, $2, id, $4 FROM leads WHERE uuid = $3
        ON CONFLICT (key_hash) DO UPDATE
        SET content_hash = excluded.content_hash, lead_id = excluded.lead_id, created_at = excluded.created_at
        WHERE submission_keys.created_at <= $5
        RETURNING key_hash)";
    return db::required(take, key.hash, key.content_hash, lead, now, now - submission_key_lifetime);
}

awaitable<std::size_t> sweep_submission_keys(db::Database& db, const Clock& clock) {
    static constexpr std::string_view sweep = R"(
        DELETE FROM submission_keys
        WHERE key_hash IN (SELECT key_hash FROM submission_keys
                           WHERE created_at <= $1 ORDER BY created_at LIMIT $2
                           /*postgresql FOR UPDATE SKIP LOCKED*/)
        RETURNING key_hash)";
    std::size_t swept = 0;
    while (true) {
        const db::Rows rows =
            co_await db.write(db::sql(sweep, clock.now() - submission_key_lifetime, keys_swept_at_once));
        swept += rows.size();
        if (rows.size() < static_cast<std::size_t>(keys_swept_at_once)) co_return swept;
    }
}

}  // namespace alma::leads
