#include "leads/resume_type.hpp"

#include "base/encoding.hpp"
#include "leads/file_name.hpp"

#include <algorithm>
#include <array>

namespace alma::leads {
namespace {

struct KnownType {
    ResumeType type;
    std::string_view extension;
    std::string_view media_type;
};
constexpr std::array known_types = {
    KnownType{ResumeType::pdf, "pdf", "application/pdf"},
    KnownType{ResumeType::doc, "doc", "application/msword"},
    KnownType{ResumeType::docx, "docx",
              "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    KnownType{ResumeType::txt, "txt", "text/plain"},
    KnownType{ResumeType::rtf, "rtf", "application/rtf"},
};

/// Of clients that do not know better, and the other registered name of RTF.
constexpr std::array<std::string_view, 3> further_types = {"", "application/octet-stream", "text/rtf"};

std::string_view without_parameters(std::string_view content_type) {
    constexpr std::string_view blank = " \t";
    content_type = content_type.substr(0, content_type.find(';'));
    const std::size_t first = content_type.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return content_type.substr(first, content_type.find_last_not_of(blank) - first + 1);
}

}  // namespace

std::optional<ResumeType> resume_type_of(std::string_view file_name) {
    const std::string_view extension = extension_of(file_name);
    for (const KnownType& known : known_types) {
        if (equals_ignoring_case(known.extension, extension)) return known.type;
    }
    return std::nullopt;
}

std::string_view media_type_of(ResumeType type) {
    return std::ranges::find(known_types, type, &KnownType::type)->media_type;
}

bool is_acceptable_declared_type(std::string_view content_type) {
    const std::string_view name = without_parameters(content_type);
    const auto is_name = [name](std::string_view other) { return equals_ignoring_case(name, other); };
    return std::ranges::any_of(known_types, is_name, &KnownType::media_type) ||
           std::ranges::any_of(further_types, is_name);
}

}  // namespace alma::leads
