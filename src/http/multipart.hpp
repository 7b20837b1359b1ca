/// multipart/form-data (RFC 7578), parsed while it arrives.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace alma::http {

/// What a part says of itself.
struct PartHead {
    std::string name;
    std::optional<std::string> file_name;  ///< present: the part is a file, even when it is ""
    std::string content_type;              ///< as sent; empty when it was not
};

/// Cuts a body into parts, in memory that does not depend on the body: at most one part header and one
/// delimiter are kept.
///
///     parser.feed(piece);
///     for (auto event = parser.next(); event != Event::need_more; event = parser.next()) ...
///
/// The content of a part is not copied: data() views the piece that was fed.
class MultipartParser {
public:
    static constexpr std::size_t max_parts = 32;
    static constexpr std::size_t max_part_header = 4 * 1024;
    static constexpr std::size_t max_file_name = 1024;  ///< bytes; of a longer one, the end is kept
    static constexpr std::size_t max_boundary = 70;
    static constexpr std::size_t max_padding = 4 * 1024;  ///< before the first and after the last delimiter

    enum class Event {
        need_more,   ///< all that was fed is used up
        part_begin,  ///< see part()
        data,        ///< see data()
        part_end,
        end,  ///< the last delimiter; what follows is read and dropped
    };

    /// @throws Error{malformed} when the boundary is none: 1 to 70 characters of RFC 2046's bchars
    explicit MultipartParser(std::string_view boundary);

    /// @param bytes must stay until next() has returned need_more, which it must have before the next feed
    void feed(std::string_view bytes);
    /// @throws Error{malformed} from the first byte on that breaks the format or a limit
    Event next();
    /// The body is at its end. @throws Error{malformed} when the last delimiter is missing.
    void finish() const;

    [[nodiscard]] const PartHead& part() const { return part_; }
    /// Never empty; valid until the next call of next() or feed().
    [[nodiscard]] std::string_view data() const { return data_; }

private:
    enum class State { preamble, delimiter_end, header, content, epilogue };

    Event read_content();
    Event emit(std::string_view data);
    Event delimiter_found();
    Event read_delimiter_end();
    Event read_header();
    Event read_epilogue();
    bool complete_held_delimiter();
    void begin_part();
    void count_padding(std::size_t bytes);

    std::string delimiter_;  ///< CR LF "--" boundary
    State state_ = State::preamble;
    std::string_view input_;
    std::size_t held_ = 2;     ///< bytes of delimiter_ that the last piece ended with
    std::size_t assumed_ = 2;  ///< of those, the CR LF that stands before the content and belongs to both
    std::string line_;         ///< what follows a delimiter, or a part header, as far as it has come
    PartHead part_;
    std::string_view data_;
    std::size_t parts_ = 0;
    std::size_t padding_ = 0;
};

/// The `boundary` of a Content-Type header of multipart/form-data.
/// @throws Error{malformed} when there is none
std::string boundary_of(std::string_view content_type);

}  // namespace alma::http
