#include "db/rows.hpp"

namespace alma::db {
namespace {

constexpr std::size_t first_block_bytes = 512;
constexpr std::size_t largest_block_bytes = 64 * 1024;

[[noreturn]] void wrong_type(const char* wanted) {
    throw std::logic_error(std::string("a column does not hold ") + wanted);
}

}  // namespace

std::int64_t Cell::integer() const {
    if (type_ != Type::integer) wrong_type("an integer");
    return integer_;
}

std::string_view Cell::text() const {
    if (type_ != Type::text) wrong_type("a text");
    return text_;
}

void read_cell(const Cell& cell, std::string& out) {
    out = cell.text();
}
void read_cell(const Cell& cell, std::string_view& out) {
    out = cell.text();
}
void read_cell(const Cell& cell, bool& out) {
    out = cell.integer() != 0;
}

void read_cell(const Cell& cell, Instant& out) {
    const std::optional<Instant> instant = parse_instant(cell.text());
    if (!instant) wrong_type("a timestamp");
    out = *instant;
}

void read_cell(const Cell& cell, Uuid& out) {
    const std::optional<Uuid> uuid = parse_uuid(cell.text());
    if (!uuid) wrong_type("a UUID");
    out = *uuid;
}

void Rows::add(std::string_view text) {
    const bool fits = !blocks_.empty() && blocks_.back().capacity() - blocks_.back().size() >= text.size();
    if (!fits) {
        const std::size_t wanted = blocks_.empty()
                                       ? first_block_bytes
                                       : std::min(blocks_.back().capacity() * 2, largest_block_bytes);
        blocks_.emplace_back().reserve(std::max(wanted, text.size()));
    }
    std::vector<char>& block = blocks_.back();
    const std::size_t at = block.size();
    block.insert(block.end(), text.begin(), text.end());
    add(Cell::of(std::string_view(block.data() + at, text.size())));
}

}  // namespace alma::db
