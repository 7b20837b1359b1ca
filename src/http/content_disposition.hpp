/// The header that makes a browser save an answer (RFC 6266).
#pragma once

#include <string>
#include <string_view>

namespace alma::http {

/// The value of Content-Disposition that offers an answer for saving under `file_name`, any bytes.
/// What would deceive or break is replaced by '_': control characters, path separators, and the invisible
/// characters that turn the direction of writing ("gpj.exe" shown as "exe.jpg"). The rest arrives as it is.
///
///     attachment_named("resume.pdf")   // attachment; filename="resume.pdf"
///     attachment_named("Łukasz.pdf")   // attachment; filename="_ukasz.pdf";
///     filename*=UTF-8''%C5%81ukasz.pdf
std::string attachment_named(std::string_view file_name);

}  // namespace alma::http
