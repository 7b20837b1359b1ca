#include "leads/text_content.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace alma::leads {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view blanks = " \t\r\n\f";
/// How far into a text its kind is looked for.
constexpr std::size_t considered_bytes = 64 * 1024;

bool is_utf16(std::string_view head) {
    return head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
}

/// In lower case, without byte order mark; UTF-16 reduced to its low bytes, which is all that markup consists
/// of.
std::string plain(std::string_view head) {
    head = head.substr(0, considered_bytes);
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    if (!is_utf16(head)) return ascii_lower(head);
    std::string low_bytes;
    for (std::size_t i = head[0] == '\xFF' ? 2 : 3; i < head.size(); i += 2)
        low_bytes += head[i];
    return ascii_lower(low_bytes);
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

void skip_comments(std::string_view& text) {
    skip_blanks(text);
    while (text.starts_with("<!--")) {
        const std::size_t end = text.find("-->");
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 3);
        skip_blanks(text);
    }
}

/// The letters and digits after `<`.
std::string_view element_name(std::string_view markup) {
    markup.remove_prefix(1);
    return markup.substr(0, markup.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"));
}

/// Elements that a page or a fragment of one begins with.
constexpr std::array page_elements = {
    "a"sv,     "article"sv, "b"sv,     "base"sv,   "body"sv,     "br"sv,     "button"sv,  "center"sv,
    "div"sv,   "embed"sv,   "font"sv,  "form"sv,   "frameset"sv, "h1"sv,     "h2"sv,      "h3"sv,
    "head"sv,  "header"sv,  "hr"sv,    "html"sv,   "iframe"sv,   "img"sv,    "input"sv,   "link"sv,
    "main"sv,  "meta"sv,    "nav"sv,   "object"sv, "p"sv,        "script"sv, "section"sv, "span"sv,
    "style"sv, "svg"sv,     "table"sv, "title"sv,  "ul"sv,       "video"sv,
};

bool begins_with_page_element(std::string_view markup) {
    const std::string_view name = element_name(markup);
    const std::string_view rest = markup.substr(1 + name.size());
    const bool is_element = !rest.empty() && (rest[0] == '>' || rest[0] == '/' || blanks.contains(rest[0]));
    return is_element && std::ranges::find(page_elements, name) != page_elements.end();
}

}  // namespace

bool is_text(std::string_view head) {
    if (is_utf16(head)) return true;
    // As libmagic has it, so that what is no text here is binary data for it, too.
    return std::ranges::none_of(head, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x06 || (byte >= 0x0E && byte <= 0x1A) || (byte >= 0x1C && byte <= 0x1F) ||
               byte == 0x7F;
    });
}

bool is_script(std::string_view head) {
    const std::string text = plain(head.substr(0, 1024));
    if (text.starts_with("#!")) return true;
    std::string_view start = text;
    skip_blanks(start);
    return start.starts_with("<?php") || start.starts_with("<?=") || start.starts_with("@echo off");
}

bool is_web_page(std::string_view head) {
    const std::string text = plain(head);
    std::string_view start = text;
    skip_comments(start);
    if (!start.starts_with('<')) return false;
    // What an XML document is, its root element says; and that may stand behind declarations of any length.
    if (start.starts_with("<?xml")) return start.contains("<svg") || start.contains("<html");
    if (start.starts_with("<!doctype")) {
        start.remove_prefix("<!doctype"sv.size());
        skip_blanks(start);
        return start.starts_with("html") || start.starts_with("svg");
    }
    return begins_with_page_element(start);
}

}  // namespace alma::leads
