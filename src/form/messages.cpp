#include "form/messages.hpp"

#include "base/encoding.hpp"
#include "http/grammar.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

extern "C" const char messages_en_begin[], messages_en_end[], messages_es_begin[], messages_es_end[];

namespace alma::form {
namespace {

/// "es-MX" is Spanish for us.
std::string_view primary_subtag(std::string_view tag) {
    return tag.substr(0, tag.find('-'));
}

const Language* find_offered(const std::vector<Language>& languages, std::string_view tag) {
    const auto found = std::ranges::find_if(languages, [&](const Language& language) {
        return language.is_offered && equals_ignoring_case(language.tag, primary_subtag(tag));
    });
    return found == languages.end() ? nullptr : &*found;
}

/// The q of ";q=0.8" in thousandths; 1000 without one, 0 when it is none.
int quality_of(std::string_view parameters) {
    const std::size_t q = parameters.find("q=");
    if (q == std::string_view::npos) return 1000;
    double value = 0;
    const std::string_view number = parameters.substr(q + 2);
    std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
    return static_cast<int>(std::clamp(value, 0.0, 1.0) * 1000);
}

}  // namespace

const std::string& Language::text(std::string_view key) const {
    const auto found = texts.find(key);
    if (found == texts.end()) throw std::logic_error("no text " + std::string(key) + " in " + tag);
    return found->second;
}

std::string Language::text(std::string_view key, Placeholders placeholders) const {
    std::string filled;
    std::string_view rest = text(key);
    while (!rest.empty()) {
        const std::size_t open = std::min(rest.find('{'), rest.size());
        filled += rest.substr(0, open);
        rest.remove_prefix(open);
        const std::size_t close = rest.find('}');
        if (rest.empty() || close == std::string_view::npos) break;
        const std::string_view name = rest.substr(1, close - 1);
        for (const auto& [placeholder, value] : placeholders) {
            if (placeholder == name) filled += value;
        }
        rest.remove_prefix(close + 1);
    }
    return filled;
}

Language read_language(std::string tag, std::string_view json) {
    Language language{.tag = std::move(tag), .texts = {}};
    const boost::json::value document = boost::json::parse({json.data(), json.size()});
    for (const auto& [key, text] : document.at("apply").as_object())
        language.texts.emplace(key, text.as_string());
    return language;
}

Language right_to_left_of(const Language& english) {
    // Hebrew letters, so that the text itself runs from right to left, and not only its paragraphs.
    static constexpr std::string_view before = "שלום ";
    static constexpr std::string_view after = " עולם";
    Language pseudo{.tag = "en-x-rtl", .is_right_to_left = true, .is_offered = false, .texts = {}};
    for (const auto& [key, text] : english.texts)
        pseudo.texts.emplace(key, std::string(before) + text + std::string(after));
    return pseudo;
}

const std::vector<Language>& languages() {
    static const std::vector<Language> all = [] {
        std::vector<Language> made;
        made.push_back(read_language("en", {messages_en_begin, messages_en_end}));
        made.push_back(read_language("es", {messages_es_begin, messages_es_end}));
        made.push_back(right_to_left_of(made.front()));
        return made;
    }();
    return all;
}

const Language& choose_language(const std::vector<Language>& languages, std::string_view wanted,
                                std::string_view accept_language) {
    for (const Language& language : languages) {
        if (equals_ignoring_case(language.tag, wanted)) return language;
    }
    const Language* best = &languages.front();
    int best_quality = 0;
    for (const std::string_view element : http::split_list(accept_language)) {
        const std::size_t semicolon = std::min(element.find(';'), element.size());
        const Language* language =
            find_offered(languages, http::trim_whitespace(element.substr(0, semicolon)));
        const int quality = quality_of(element.substr(semicolon));
        if (language == nullptr || quality <= best_quality) continue;
        best = language;
        best_quality = quality;
    }
    return *best;
}

}  // namespace alma::form
