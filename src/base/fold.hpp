/// Text without what a search must not depend on.
#pragma once

#include <string>
#include <string_view>

namespace alma {

/// The text in one spelling for all that readers take for the same: in lower case (Unicode's full case
/// folding), without accents, width and other compatibility forms (NFKD without its non-spacing marks), with
/// one kind of apostrophe and hyphen, without invisible characters, and with one space between its words.
/// Letters that Unicode does not decompose are spelt out. Of a character that is no UTF-8, U+FFFD is left.
///
/// "  Łukasz\tMÜLLER-Ørsted " -> "lukasz muller-orsted"
std::string fold(std::string_view text);

}  // namespace alma
