#include "app/env_file.hpp"

#include "base/error.hpp"

#include <fstream>

namespace alma::app {
namespace {

constexpr std::size_t max_file_bytes = 64 * 1024;

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}
constexpr bool starts_name(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
constexpr bool continues_name(char c) {
    return starts_name(c) || (c >= '0' && c <= '9');
}

/// One line, read from its front.
class LineReader {
public:
    LineReader(std::string_view line, std::size_t number) : rest_(line), number_(number) {}

    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front()))
            rest_.remove_prefix(1);
    }

    [[nodiscard]] bool is_at_end_or_comment() const { return rest_.empty() || rest_.front() == '#'; }

    void skip_export() {
        constexpr std::string_view word = "export";
        if (rest_.starts_with(word) && rest_.size() > word.size() && is_blank(rest_[word.size()])) {
            rest_.remove_prefix(word.size());
            skip_blanks();
        }
    }

    std::string name() {
        std::size_t length = 0;
        while (length < rest_.size() && (length == 0 ? starts_name(rest_[0]) : continues_name(rest_[length])))
            ++length;
        if (length == 0) fail("expected a name, as in NAME=value");
        std::string text(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return text;
    }

    void equals_sign() {
        skip_blanks();
        if (rest_.empty() || rest_.front() != '=') fail("expected '=' after the name");
        rest_.remove_prefix(1);
        skip_blanks();
    }

    std::string value() {
        if (rest_.starts_with('\'')) return single_quoted();
        if (rest_.starts_with('"')) return double_quoted();
        return bare();
    }

    void end() {
        skip_blanks();
        if (!is_at_end_or_comment()) fail("something follows the closing quote");
    }

private:
    std::string single_quoted() {
        const std::size_t close = rest_.find('\'', 1);
        if (close == std::string_view::npos) fail("the quote is not closed on its line");
        std::string text(rest_.substr(1, close - 1));
        rest_.remove_prefix(close + 1);
        return text;
    }

    std::string double_quoted() {
        std::string text;
        std::size_t at = 1;
        for (; at < rest_.size() && rest_[at] != '"'; ++at) {
            if (rest_[at] == '\\' && at + 1 < rest_.size()) {
                text += unescaped(rest_[++at]);
            } else {
                text += rest_[at];
            }
        }
        if (at >= rest_.size()) fail("the quote is not closed on its line");
        rest_.remove_prefix(at + 1);
        return text;
    }

    static std::string unescaped(char c) {
        switch (c) {
            case 'n':
                return "\n";
            case 'r':
                return "\r";
            case 't':
                return "\t";
            case '"':
            case '\\':
            case '$':
                return {c};
            default:
                return {'\\', c};
        }
    }

    std::string bare() {
        std::size_t length = 0;
        while (length < rest_.size() &&
               !(rest_[length] == '#' && (length == 0 || is_blank(rest_[length - 1]))))
            ++length;
        std::string_view text = rest_.substr(0, length);
        while (!text.empty() && is_blank(text.back()))
            text.remove_suffix(1);
        rest_.remove_prefix(length);
        return std::string(text);
    }

    [[noreturn]] void fail(std::string_view problem) const {
        throw Error(ErrorKind::invalid, fmt::format(".env line {}: {}", number_, problem));
    }

    std::string_view rest_;
    std::size_t number_;
};

void read_line(std::string_view line, std::size_t number, Environment& variables) {
    LineReader reader(line, number);
    reader.skip_blanks();
    if (reader.is_at_end_or_comment()) return;
    reader.skip_export();
    std::string name = reader.name();
    reader.equals_sign();
    std::string value = reader.value();
    reader.end();
    variables.insert_or_assign(std::move(name), std::move(value));
}

}  // namespace

Environment parse_env_file(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Environment variables;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        read_line(line, number, variables);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return variables;
}

Environment read_env_file(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return {};
    std::ifstream in(file, std::ios::binary);
    if (!in || !std::filesystem::is_regular_file(file, error))
        throw Error(
            ErrorKind::invalid,
            fmt::format("{} cannot be read; make it a file that you may read, or remove it", file.string()));
    std::string text(max_file_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_file_bytes)
        throw Error(ErrorKind::invalid,
                    fmt::format("{} is over {} KiB; a .env file holds one variable a line", file.string(),
                                max_file_bytes / 1024));
    return parse_env_file(text);
}

}  // namespace alma::app
