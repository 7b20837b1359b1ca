#include "http/multipart.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace alma::http {
namespace {

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorKind::malformed, why);
}

/// RFC 2046 section 5.1.1: bchars, not ending with a blank.
bool is_boundary(std::string_view text) {
    const auto is_boundary_char = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("'()+_,-./:=? ").contains(c);
    };
    return !text.empty() && text.size() <= MultipartParser::max_boundary && text.back() != ' ' &&
           std::ranges::all_of(text, is_boundary_char);
}

bool is_control(char c) {
    return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f;
}

std::size_t find(std::string_view text, std::string_view wanted) {
    const void* at = memmem(text.data(), text.size(), wanted.data(), wanted.size());
    return at == nullptr ? std::string_view::npos
                         : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

/// How many bytes at the end of `text` may begin a delimiter. CR occurs in a delimiter at its begin only, so
/// that the last CR decides.
std::size_t held_at_end(std::string_view text, std::string_view delimiter) {
    const std::string_view tail = text.substr(text.size() - std::min(text.size(), delimiter.size() - 1));
    const std::size_t at = tail.rfind('\r');
    if (at == std::string_view::npos || !delimiter.starts_with(tail.substr(at))) return 0;
    return tail.size() - at;
}

/// RFC 8187: UTF-8''percent-encoded; absent for what is anything else.
std::optional<std::string> decode_extended(std::string_view value) {
    static constexpr std::string_view charset = "utf-8'";
    if (value.size() < charset.size() || !equals_ignoring_case(value.substr(0, charset.size()), charset))
        return std::nullopt;
    const std::size_t language_end = value.find('\'', charset.size());
    if (language_end == std::string_view::npos) return std::nullopt;
    return percent_decode(value.substr(language_end + 1), false);
}

/// `form-data; name="resume"; filename="cv.pdf"` (RFC 7578 section 4.2).
void read_disposition(std::string_view value, PartHead& part) {
    const std::size_t end = std::min(value.find(';'), value.size());
    if (!equals_ignoring_case(trim_whitespace(value.substr(0, end)), "form-data"))
        refuse("A part of the form is no form-data");
    value.remove_prefix(end);
    std::optional<std::string> name;
    std::optional<std::string> extended_file_name;
    while (!value.empty() && trim_whitespace(value) != ";") {
        // Not every backslash is an escape: old browsers send whole paths as they are.
        std::optional<Parameter> parameter = take_parameter(value, Escapes::quotes_only);
        if (!parameter) refuse("Content-Disposition of a part is malformed");
        const auto is_named = [&](std::string_view known) {
            return equals_ignoring_case(parameter->name, known);
        };
        if (is_named("name")) {
            if (name) refuse("A part of the form has two names");
            name = std::move(parameter->value);
        } else if (is_named("filename")) {
            if (part.file_name) refuse("A part of the form has two file names");
            part.file_name = std::move(parameter->value);
        } else if (is_named("filename*")) {
            extended_file_name = decode_extended(parameter->value);
        }
    }
    if (!name) refuse("A part of the form has no name");
    part.name = std::move(*name);
    // RFC 7578 section 4.2 forbids filename*; it counts for those clients that send nothing else.
    if (!part.file_name) part.file_name = std::move(extended_file_name);
}

/// What a file may be called is its handler's to say. Its extension is the last thing in it.
std::string end_of(std::string file_name) {
    if (file_name.size() <= MultipartParser::max_file_name) return file_name;
    std::size_t begin = file_name.size() - MultipartParser::max_file_name;
    while ((static_cast<unsigned char>(file_name[begin]) & 0xc0) == 0x80)
        ++begin;
    return file_name.substr(begin);
}

void check_names(PartHead& part) {
    static constexpr std::string_view breaking{"\r\n\0", 3};
    if (part.name.find_first_of(breaking) != std::string::npos) refuse("The name of a part is malformed");
    if (part.file_name) part.file_name = end_of(to_valid_utf8(*part.file_name));
}

/// @param header the lines of a part's header, each with its CR LF, without the empty one
PartHead read_part_header(std::string_view header) {
    PartHead part;
    bool has_disposition = false;
    while (!header.empty()) {
        const std::size_t end = header.find("\r\n");
        const std::string_view line = header.substr(0, end);
        header.remove_prefix(end + 2);
        if (std::ranges::any_of(line, is_control)) refuse("The header of a part is malformed");
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
            refuse("The header of a part is malformed");
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trim_whitespace(line.substr(colon + 1));
        if (equals_ignoring_case(name, "Content-Disposition")) {
            if (std::exchange(has_disposition, true))
                refuse("A part of the form has two Content-Dispositions");
            read_disposition(value, part);
        } else if (equals_ignoring_case(name, "Content-Type")) {
            part.content_type = value;
        }
    }
    if (!has_disposition) refuse("A part of the form has no name");
    check_names(part);
    return part;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary) {
    if (!is_boundary(boundary)) refuse("The boundary of the form is malformed");
    delimiter_ = "\r\n--";
    delimiter_ += boundary;
}

void MultipartParser::feed(std::string_view bytes) {
    input_ = bytes;
}

MultipartParser::Event MultipartParser::next() {
    while (true) {
        Event event = Event::need_more;
        const State before = state_;
        switch (state_) {
            case State::preamble:
            case State::content:
                event = read_content();
                break;
            case State::delimiter_end:
                event = read_delimiter_end();
                break;
            case State::header:
                event = read_header();
                break;
            case State::epilogue:
                event = read_epilogue();
                break;
        }
        // A step that only changed the state has nothing to tell.
        if (event != Event::need_more || state_ == before) return event;
    }
}

MultipartParser::Event MultipartParser::read_content() {
    if (held_ > 0) {
        if (input_.empty()) return Event::need_more;
        const std::size_t held_before = held_;
        if (complete_held_delimiter()) return held_ == 0 ? delimiter_found() : Event::need_more;
        // It was content after all, every byte of it: no other CR is in there to begin a delimiter.
        held_ = 0;
        const std::size_t assumed = std::exchange(assumed_, 0);
        return emit(std::string_view(delimiter_).substr(assumed, held_before - assumed));
    }
    if (input_.empty()) return Event::need_more;
    const std::size_t at = find(input_, delimiter_);
    if (at == 0) {
        input_.remove_prefix(delimiter_.size());
        return delimiter_found();
    }
    if (at != std::string_view::npos) return emit(std::exchange(input_, input_.substr(at)).substr(0, at));
    held_ = held_at_end(input_, delimiter_);
    const std::string_view content = std::exchange(input_, {});
    return emit(content.substr(0, content.size() - held_));
}

/// Goes on with a delimiter that an earlier piece began.
/// @return false when it turns out to be none; else held_ is 0 when it is complete
bool MultipartParser::complete_held_delimiter() {
    const std::string_view wanted = std::string_view(delimiter_).substr(held_);
    const std::size_t length = std::min(wanted.size(), input_.size());
    if (input_.substr(0, length) != wanted.substr(0, length)) return false;
    input_.remove_prefix(length);
    held_ = length == wanted.size() ? 0 : held_ + length;
    return true;
}

MultipartParser::Event MultipartParser::emit(std::string_view data) {
    if (state_ == State::preamble) {
        count_padding(data.size());
        data = {};
    }
    data_ = data;
    if (!data.empty()) return Event::data;
    return input_.empty() ? Event::need_more : read_content();
}

MultipartParser::Event MultipartParser::delimiter_found() {
    const State before = std::exchange(state_, State::delimiter_end);
    line_.clear();
    assumed_ = 0;
    return before == State::content ? Event::part_end : Event::need_more;
}

/// A delimiter is followed by CR LF and the next part, or by "--"; blanks may stand before the CR LF
/// (RFC 2046 section 5.1.1).
MultipartParser::Event MultipartParser::read_delimiter_end() {
    while (!input_.empty()) {
        const char c = input_.front();
        input_.remove_prefix(1);
        line_ += c;
        if (line_ == "--") {
            state_ = State::epilogue;
            return Event::end;
        }
        if (c == '\n' && line_.ends_with("\r\n")) {
            line_.clear();
            state_ = State::header;
            return Event::need_more;
        }
        const bool is_blank = !line_.starts_with('-') && (c == ' ' || c == '\t' || c == '\r');
        if ((!is_blank && line_ != "-") || line_.size() > max_boundary || line_.find('\r') < line_.size() - 1)
            refuse("A delimiter of the form is malformed");
    }
    return Event::need_more;
}

MultipartParser::Event MultipartParser::read_header() {
    while (!input_.empty()) {
        const std::size_t newline = input_.find('\n');
        const std::size_t length = newline == std::string_view::npos ? input_.size() : newline + 1;
        if (line_.size() + length > max_part_header) refuse("The header of a part is too long");
        line_.append(input_, 0, length);
        input_.remove_prefix(length);
        if (newline == std::string_view::npos) continue;
        if (!line_.ends_with("\r\n")) refuse("The header of a part is malformed");
        if (line_ == "\r\n" || line_.ends_with("\r\n\r\n")) {
            line_.resize(line_.size() - 2);
            begin_part();
            return Event::part_begin;
        }
    }
    return Event::need_more;
}

void MultipartParser::begin_part() {
    if (++parts_ > max_parts) refuse("Too many parts in the form");
    part_ = read_part_header(line_);
    line_.clear();
    state_ = State::content;
    // A part without content may have its delimiter right behind its header, and share its CR LF.
    held_ = 2;
    assumed_ = 2;
}

MultipartParser::Event MultipartParser::read_epilogue() {
    count_padding(input_.size());
    input_ = {};
    return Event::need_more;
}

void MultipartParser::count_padding(std::size_t bytes) {
    padding_ += bytes;
    if (padding_ > max_padding) refuse("Too much outside of the parts of the form");
}

void MultipartParser::finish() const {
    if (state_ != State::epilogue) refuse("The form is cut short");
}

std::string boundary_of(std::string_view content_type) {
    const std::optional<MediaType> media_type = parse_media_type(content_type);
    const std::optional<std::string_view> boundary =
        media_type ? media_type->parameter("boundary") : std::nullopt;
    if (!boundary) refuse("Missing boundary in multipart.");
    return std::string(*boundary);
}

}  // namespace alma::http
