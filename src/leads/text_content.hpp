/// What a text is, by how it begins.
#pragma once

#include <string_view>

namespace alma::leads {

/// ASCII, UTF-8, UTF-16 with its byte order mark, or any 8-bit code page: no control characters but those
/// that a typewriter has.
bool is_text(std::string_view head);

/// A text that an interpreter runs as it is: `#!`, `<?php`, `@echo off`.
/// Text that merely looks like source code is none: an engineer's resume may well.
bool is_script(std::string_view head);

/// HTML, XHTML or SVG: begins with one of their elements, after white space, comments and declarations (the
/// WHATWG's MIME sniffing standard, section 7.1). A browser would take no other text for a page.
bool is_web_page(std::string_view head);

}  // namespace alma::leads
