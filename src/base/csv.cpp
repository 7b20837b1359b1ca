#include "base/csv.hpp"

#include <algorithm>
#include <array>

namespace alma {
namespace {

bool begins_as_formula(std::string_view text) {
    static constexpr auto beginnings =
        std::to_array<std::string_view>({"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"});
    return std::ranges::any_of(beginnings,
                               [&](std::string_view beginning) { return text.starts_with(beginning); });
}

/// Spaces at the ends are quoted, too: some readers drop them.
bool needs_quotes(std::string_view text) {
    return text.find_first_of(",\"\r\n") != std::string_view::npos || text.starts_with(' ') ||
           text.ends_with(' ');
}

}  // namespace

void write_csv_cell(std::string& out, std::string_view text) {
    const bool is_quoted = needs_quotes(text);
    if (is_quoted) out += '"';
    if (begins_as_formula(text)) out += '\'';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    if (is_quoted) out += '"';
}

}  // namespace alma
