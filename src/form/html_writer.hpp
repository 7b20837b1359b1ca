/// Writes HTML in which no text can become markup.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::form {

/// `name="value"`, escaped; nothing at all without a value. Of an attribute that only is there or not, the
/// value is empty.
struct Attribute {
    std::string_view name;
    std::optional<std::string_view> value;
};

/// Tags and attribute names are ours, every text and value may be anybody's: it is escaped, and what is not
/// UTF-8 becomes U+FFFD.
///
///     html.open("p", {{"class", "hint"}}).text("a < b").close();   // <p class="hint">a &lt; b</p>
class HtmlWriter {
public:
    HtmlWriter& open(std::string_view tag, std::initializer_list<Attribute> attributes = {});
    HtmlWriter& text(std::string_view text);
    /// The innermost element that is open. @throws std::logic_error when there is none
    HtmlWriter& close();

    /// An element that has no content: <input>, <link>.
    HtmlWriter& single(std::string_view tag, std::initializer_list<Attribute> attributes);
    /// An element that has nothing but text.
    HtmlWriter& element(std::string_view tag, std::initializer_list<Attribute> attributes,
                        std::string_view content);
    HtmlWriter& element(std::string_view tag, std::string_view content) { return element(tag, {}, content); }

    /// @throws std::logic_error when an element is open
    [[nodiscard]] std::string finish();

private:
    void write_tag(std::string_view tag, std::initializer_list<Attribute> attributes);

    std::string out_ = "<!DOCTYPE html>\n";
    std::vector<std::string> open_;
};

/// What is there only sometimes: `{"required", when(is_required)}`.
inline std::optional<std::string_view> when(bool condition, std::string_view value = "") {
    return condition ? std::optional(value) : std::nullopt;
}

}  // namespace alma::form
