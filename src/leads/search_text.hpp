/// What a search looks through, and what it looks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alma::leads {

/// Names and e-mail in the spelling of base/fold.hpp, with two spaces before each word. So the three
/// characters of an index entry tell where a word begins: "  a" is in the text if a word begins with "a".
/// Words begin also behind hyphens and apostrophes, and with each ideograph.
///
/// "Anne-Marie", "Łoś", "am@law.example" -> "  anne-  marie  los  am@law.example"
std::string search_text(std::string_view first_name, std::string_view last_name, std::string_view email);

/// What is looked for in search_text.
struct SearchPattern {
    std::string like;      ///< of LIKE with ESCAPE '\'
    std::string trigrams;  ///< that a text must have to match: "\"ann\" \"nna\"", the syntax of FTS5
};

/// Three characters and more are looked for anywhere, also across words; one or two where a word begins:
/// they stand within almost every name, and no index of trigrams has them.
/// @return nothing when every lead is meant: there is nothing in the text to look for
std::optional<SearchPattern> search_pattern(std::string_view text);

}  // namespace alma::leads
