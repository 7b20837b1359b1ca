#include "leads/notes_api.hpp"

#include "base/json.hpp"
#include "http/form.hpp"
#include "http/page.hpp"
#include "leads/lead_request.hpp"
#include "leads/lead_store.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

namespace alma::leads {
namespace {

constexpr std::string_view tag = "Notes";
constexpr http::Failure note_not_found{404, "Note not found"};
constexpr http::Failure not_allowed{403, "Only its author or an admin may delete a note"};

constexpr std::array lead_failures = {lead_not_found};
constexpr std::array remove_failures = {note_not_found, not_allowed};
constexpr std::array encodings = {http::Encoding::json, http::Encoding::urlencoded,
                                  http::Encoding::multipart};
constexpr std::array fields = {
    http::InputField{.name = "text",
                     .kind = http::InputField::Kind::multiline,
                     .min_length = 1,
                     .max_length = max_note_length,
                     .description = "Any characters but U+0000, stored as they are.",
                     .example = "Called, left a message."}};

struct Message {
    std::string message;
};
BOOST_DESCRIBE_STRUCT(Message, (), (message))

/// What is no id is the id of no note.
std::int64_t note_id(const http::Request& request) {
    const std::string& text = request.path_parameter("note_id");
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(ErrorKind::not_found, std::string(note_not_found.detail));
    return id;
}

}  // namespace

const http::Operation NotesApi::list_operation{
    .id = "list_notes",
    .tag = tag,
    .summary = "List the notes of a lead",
    .description = "The newest ones first.",
    .query = http::page_fields,
    .answer_schema = "Note",
    .answers_array = true,
    .failures = lead_failures,
};

const http::Operation NotesApi::add_operation{
    .id = "add_note",
    .tag = tag,
    .summary = "Add a note to a lead",
    .encodings = encodings,
    .body = fields,
    .answer_schema = "Note",
    .failures = lead_failures,
};

const http::Operation NotesApi::remove_operation{
    .id = "delete_note",
    .tag = tag,
    .summary = "Delete a note",
    .description = "Its author may, and an admin. The audit log keeps that it was there, not what it said.",
    .answer_schema = "Message",
    .failures = remove_failures,
};

std::vector<http::Schema> NotesApi::schemas() {
    static constexpr std::string_view note = R"({
        "type": "object",
        "required": ["id", "author", "text", "created_at"],
        "properties": {
            "id": {"type": "integer", "format": "int64"},
            "author": {"type": "string", "description": "E-mail of who wrote it."},
            "text": {"type": "string", "maxLength": 10000},
            "created_at": {"type": "string", "examples": ["2025-09-26T19:42:27.248539"]}
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "Note", .schema = boost::json::parse(note).as_object()});
    return schemas;
}

awaitable<http::Response> NotesApi::list(http::Request& request) {
    const Uuid uuid = lead_uuid(request);
    const http::Page page = co_await http::read_page(request);
    found(co_await find_lead(db_, uuid));
    std::vector<Note> notes = co_await list_notes(db_, uuid, page.before, page.limit + 1);
    const std::string path = fmt::format("/leads/{}/notes", to_text(uuid));
    co_return http::page_response(request, path, page, std::move(notes), &Note::id);
}

awaitable<http::Response> NotesApi::add(http::Request& request, const http::Principal& caller) {
    const Uuid uuid = lead_uuid(request);
    const http::Form form = co_await http::read_form(request, fields);
    const Note note = found(co_await add_note(db_, uuid, form["text"], caller, clock_.now()));
    co_return http::json_response(http::Status::ok, to_json(note));
}

awaitable<http::Response> NotesApi::remove(http::Request& request, const http::Principal& caller) {
    const NoteRemoval removal =
        co_await remove_note(db_, lead_uuid(request), note_id(request), caller, clock_.now());
    if (removal == NoteRemoval::not_found)
        throw Error(ErrorKind::not_found, std::string(note_not_found.detail));
    if (removal == NoteRemoval::not_allowed)
        throw Error(ErrorKind::forbidden, std::string(not_allowed.detail));
    const Message message{.message = "Note deleted successfully"};
    co_return http::json_response(http::Status::ok, to_json(message));
}

}  // namespace alma::leads
