/// The types that a resume may have, by its name and by what its sender says.
#pragma once

#include <optional>
#include <string_view>

namespace alma::leads {

enum class ResumeType { pdf, doc, docx, txt, rtf };

/// By the extension of the file name, in any case; nothing for every other one.
std::optional<ResumeType> resume_type_of(std::string_view file_name);

/// "application/pdf": what the resume is stored and sent as, whatever its sender called it.
std::string_view media_type_of(ResumeType type);

/// Whether a resume may come with this Content-Type: one of ours in any case and with any parameters, or one
/// that says nothing (none, application/octet-stream). Browsers guess the type from what is installed, so a
/// type that does not match the extension proves nothing.
bool is_acceptable_declared_type(std::string_view content_type);

}  // namespace alma::leads
