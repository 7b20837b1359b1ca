/// The endpoints under /leads.
#pragma once

#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "leads/intake.hpp"
#include "leads/lead_list.hpp"
#include "leads/resume_source.hpp"
#include "leads/submission_key.hpp"
#include "leads/submission_rate.hpp"

#include <filesystem>

namespace alma::leads {

class LeadApi {
public:
    /// @param spool_directory for uploads
    /// @param rate of POST /leads/
    /// @param files looks into uploads
    LeadApi(std::filesystem::path spool_directory, db::Database& db, ResumeSource& resumes, Intake& intake,
            SubmissionRate& rate, const SubmissionKeys& keys, WorkerPool& files, const Clock& clock);

    /// The route's body limit is max_submission_bytes of leads/lead_form.hpp.
    awaitable<http::Response> create(http::Request& request);
    awaitable<http::Response> list(http::Request& request, const http::Principal& caller);
    /// In the audit log before its first byte is on its way.
    awaitable<http::Response> export_csv(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> get(http::Request& request);
    awaitable<http::Response> set_status(http::Request& request, const http::Principal& caller);
    /// In the audit log before its first byte is on its way.
    awaitable<http::Response> download_resume(http::Request& request, const http::Principal& caller);

    static const http::Operation create_operation;
    static const http::Operation list_operation;
    static const http::Operation export_operation;
    static const http::Operation get_operation;
    static const http::Operation set_status_operation;
    static const http::Operation download_resume_operation;
    static std::vector<http::Schema> schemas();  ///< Lead

private:
    awaitable<Lead> submit(http::Request& request);
    awaitable<http::Response> list_page(http::Request& request, const LeadListQuery& query,
                                        LeadPageQuery page_query);

    std::filesystem::path spool_directory_;
    db::Database& db_;
    ResumeSource& resumes_;
    Intake& intake_;
    SubmissionRate& rate_;
    const SubmissionKeys& keys_;
    WorkerPool& files_;
    const Clock& clock_;
};

}  // namespace alma::leads
