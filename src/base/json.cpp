#include "base/json.hpp"

#include "base/encoding.hpp"

namespace alma {
namespace {

constexpr bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, char c) {
    static constexpr char digits[] = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 0x0f];
    }
}

}  // namespace

void write_json(std::string& out, std::string_view text) {
    std::string mended;
    if (!is_utf8(text)) {
        mended = to_valid_utf8(text);
        text = mended;
    }
    out += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out.append(text, copied, i - copied);
        append_escape(out, text[i]);
        copied = i + 1;
    }
    out.append(text, copied, text.size() - copied);
    out += '"';
}

}  // namespace alma
