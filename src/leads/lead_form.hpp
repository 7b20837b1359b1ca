/// What a prospect sends to POST /leads/: reading it, and the rules it has to pass.
#pragma once

#include "http/form.hpp"
#include "http/message.hpp"
#include "leads/intake.hpp"
#include "storage/spool.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace alma::leads {

/// Exactly this much passes.
constexpr std::size_t max_resume_bytes = 10 * 1024 * 1024;
/// Of the whole body: a resume, the fields, and what multipart puts around them.
constexpr std::size_t max_submission_bytes = 11 * 1024 * 1024;

constexpr std::string_view email_refused = "Invalid email format";
constexpr std::string_view file_missing = "No file provided";
constexpr std::string_view file_too_large = "File too large. Maximum size allowed is 10MB";
constexpr std::string_view file_type_refused = "Invalid file type. Allowed types: PDF, DOC, DOCX, TXT, RTF";
constexpr std::string_view file_name_refused =
    "Invalid file name. Please use a simple filename without special characters.";

extern const std::span<const http::InputField> lead_form_fields;

/// A file as it arrived.
struct ResumeUpload {
    std::string name;                         ///< the client's own word; empty: no file was chosen
    std::string declared_type;                ///< Content-Type of its part, or empty
    std::unique_ptr<storage::Spool> content;  ///< null when the file is empty or too large
    bool is_too_large = false;                ///< more than max_resume_bytes; the bytes were dropped
};

/// A form that is complete, and whose rules have not been looked at.
struct Submission {
    http::Form fields;
    ResumeUpload resume;
};

/// Reads the whole body; the file goes to a spool as it arrives, and no further than it may.
/// @throws Error{unprocessable} naming every missing or ill-typed field
/// @throws Error{too_large} for a body past max_submission_bytes, before any of it is read where its length
/// is known
/// @throws Error{malformed|timed_out} for a body that cannot be read
/// @param fields lead_form_fields, or these among others
/// @param sent as in http::read_form
awaitable<Submission> read_submission(http::Request& request, std::filesystem::path spool_directory,
                                      WorkerPool& files,
                                      std::span<const http::InputField> fields = lead_form_fields,
                                      http::SentTexts* sent = nullptr);

/// The rules, in this order: e-mail, no file, too large, type by extension and declaration, content, file
/// name.
/// @param files looks into the content
/// @throws Error{invalid|too_large} with the text of the first rule that is broken
awaitable<LeadForm> check_submission(Submission submission, WorkerPool& files);

}  // namespace alma::leads
