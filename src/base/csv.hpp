/// Comma-separated values (RFC 4180), as spreadsheets open them.
#pragma once

#include <string>
#include <string_view>

namespace alma {

/// What a file begins with, so that spreadsheets take it for UTF-8.
constexpr std::string_view csv_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view csv_line_end = "\r\n";

/// Appends a cell, in quotes where it needs them. The caller writes commas and line ends.
///
/// A text from outside must not become a formula of whoever opens the file ("=HYPERLINK(...)"). What begins
/// as one, with = + - @ (of any width), a tab or a line end, gets an apostrophe before it, which spreadsheets
/// take for "this is text" (OWASP, CSV Injection).
void write_csv_cell(std::string& out, std::string_view text);

}  // namespace alma
