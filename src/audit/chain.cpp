#include "audit/chain.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace alma::audit {
namespace {

constexpr std::string_view version = "alma-leads audit 1";

/// PostgreSQL prints a timestamp in a form of its own.
std::string time_text(std::string_view text) {
    const std::optional<Instant> time = parse_instant(text);
    return time ? alma::to_text(*time) : std::string(text);
}

void append_cell(std::string& out, const db::Cell& cell, bool is_time) {
    out += ',';
    if (cell.is_null()) {
        out += "null";
    } else if (is_time) {
        write_json(out, time_text(cell.text()));
    } else {
        write_json(out, cell.text());
    }
}

bool is_hash(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) { return hex_value(c) >= 0; });
}

}  // namespace

std::string to_text(const Head& head) {
    return fmt::format("{}:{}", head.position, head.hash);
}

std::optional<Head> parse_head(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !is_hash(text.substr(colon + 1))) return std::nullopt;
    Head head{.hash = ascii_lower(text.substr(colon + 1))};
    const char* const end = text.data() + colon;
    const auto [parsed, error] = std::from_chars(text.data(), end, head.position);
    if (error != std::errc() || parsed != end || head.position < 0) return std::nullopt;
    return head;
}

std::string chained_hash(std::string_view before, std::int64_t position, const db::Row& entry) {
    std::string text = fmt::format(R"(["{}","{}","{}")", version, before, position);
    for (std::size_t column = 0; column < hashed_columns; ++column)
        append_cell(text, entry[column], column + 1 == hashed_columns);
    text += ']';
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return to_hex(digest);
}

awaitable<Head> read_head(db::Database& db) {
    static constexpr std::string_view select =
        "SELECT position, hash FROM audit_log ORDER BY position DESC LIMIT 1";
    const db::Rows rows = co_await db.read(db::sql(select));
    Head head;
    if (!rows.empty())
        head = {.position = rows.front().get<std::int64_t>(0), .hash = rows.front().get<std::string>(1)};
    co_return head;
}

}  // namespace alma::audit
