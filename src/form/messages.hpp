/// What the form says, in each language.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alma::form {

/// The section "apply" of one file of web/messages.
struct Language {
    std::string tag;  ///< of BCP 47: "es"
    bool is_right_to_left = false;
    bool is_offered = true;  ///< in the form's list of languages
    std::map<std::string, std::string, std::less<>> texts;

    /// @throws std::logic_error for a key that is not there: a test keeps the languages complete
    [[nodiscard]] const std::string& text(std::string_view key) const;
    using Placeholders = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    /// With each `{name}` replaced. What is put in is not looked at again.
    [[nodiscard]] std::string text(std::string_view key, Placeholders placeholders) const;
};

/// @param json {"apply": {"key": "text", ...}, ...}
Language read_language(std::string tag, std::string_view json);

/// English written as if it were a language that goes from right to left and needs a third more room: what
/// shows that a page can be translated into one. Its tag is "en-x-rtl".
Language right_to_left_of(const Language& english);

/// The languages of this binary: English first, the pseudo-language last.
const std::vector<Language>& languages();

/// @param wanted of the query parameter `lang`: a tag; empty or unknown: the header decides
/// @param accept_language RFC 9110 section 12.5.4: "es-MX,es;q=0.9,en;q=0.8"; of languages that are wanted as
/// much, the first counts. Only languages that are offered are chosen by it; English when it names none.
const Language& choose_language(const std::vector<Language>& languages, std::string_view wanted,
                                std::string_view accept_language);

}  // namespace alma::form
