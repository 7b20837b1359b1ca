/// The SQL of the table lead_notes.
#pragma once

#include "audit/log.hpp"
#include "db/database.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::leads {

constexpr std::size_t max_note_length = 10'000;  ///< characters

/// As the API shows it: the members are its JSON keys.
struct Note {
    std::int64_t id = 0;
    std::string author;  ///< e-mail
    std::string text;
    Instant created_at;
};
BOOST_DESCRIBE_STRUCT(Note, (), (id, author, text, created_at))

/// The newest notes, by descending id. @param before only those with a lower id
awaitable<std::vector<Note>> list_notes(db::Database& db, Uuid lead, std::optional<std::int64_t> before,
                                        std::size_t limit);

/// @return nothing when there is no such lead
awaitable<std::optional<Note>> add_note(db::Database& db, Uuid lead, std::string text,
                                        const http::Principal& author, Instant at);

enum class NoteRemoval { removed, not_found, not_allowed };
/// Its author removes it, or an admin.
awaitable<NoteRemoval> remove_note(db::Database& db, Uuid lead, std::int64_t note,
                                   const http::Principal& caller, Instant at);

}  // namespace alma::leads
