// The verdict on ZIP archives. libzip would build a list of all entries, 228,000 in a hostile upload of 10
// MiB, before it can be asked for their number; here, nothing is kept.
#include "base/encoding.hpp"
#include "leads/little_endian.hpp"
#include "leads/resume_content.hpp"

#include <algorithm>
#include <optional>

namespace alma::leads {
namespace {

// PKWARE's APPNOTE.TXT sections 4.3.12 and 4.3.16.
constexpr std::size_t entry_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t max_comment_bytes = 65'535;

constexpr std::size_t max_entries = 1000;
constexpr std::size_t max_directory_bytes = 1024 * 1024;

/// The directory's bytes, as the record at the archive's end says; nothing when there is no such record, or
/// it points elsewhere. The entries of an archive in the 64-bit format are the same, and one of at most 10
/// MiB has no need to hide their place in its further records.
std::optional<std::string> read_directory(const ResumeContent& archive) {
    const std::uint64_t tail_bytes = std::min<std::uint64_t>(archive.size(), end_bytes + max_comment_bytes);
    const std::string tail = archive.read(archive.size() - tail_bytes, tail_bytes);
    if (tail.size() < end_bytes) return std::nullopt;
    const std::size_t end = tail.rfind("PK\5\6", tail.size() - end_bytes);
    if (end == std::string::npos) return std::nullopt;
    const std::size_t entries = little_endian_at(tail, end + 10, 2);
    const std::size_t size = little_endian_at(tail, end + 12, 4);
    const std::uint64_t offset = little_endian_at(tail, end + 16, 4);
    if (entries > max_entries || size > max_directory_bytes) return std::nullopt;
    std::string directory = archive.read(offset, size);
    if (directory.size() != size) return std::nullopt;
    return directory;
}

/// Names of parts are compared without regard to case (ECMA-376 part 2 section 6.2.2.3).
/// Word on the web calls the main part document2.xml.
bool is_main_part(std::string_view name) {
    constexpr std::string_view start = "word/document";
    constexpr std::string_view end = ".xml";
    return name.size() >= start.size() + end.size() &&
           equals_ignoring_case(name.substr(0, start.size()), start) &&
           equals_ignoring_case(name.substr(name.size() - end.size()), end) &&
           name.substr(start.size()).find('/') == std::string_view::npos;
}

bool is_types_part(std::string_view name) {
    return equals_ignoring_case(name, "[Content_Types].xml");
}

}  // namespace

bool is_docx(const ResumeContent& content) {
    const std::optional<std::string> directory = read_directory(content);
    if (!directory) return false;
    std::string_view rest = *directory;
    bool has_types = false;
    bool has_main = false;
    for (std::size_t entry = 0;
         entry < max_entries && rest.size() >= entry_bytes && rest.starts_with("PK\1\2"); ++entry) {
        const std::size_t name_bytes = little_endian_at(rest, 28, 2);
        const std::string_view name = rest.substr(entry_bytes, name_bytes);
        has_types = has_types || is_types_part(name);
        has_main = has_main || is_main_part(name);
        const std::size_t further = little_endian_at(rest, 30, 2) + little_endian_at(rest, 32, 2);
        rest.remove_prefix(std::min(rest.size(), entry_bytes + name_bytes + further));
    }
    return has_types && has_main;
}

}  // namespace alma::leads
