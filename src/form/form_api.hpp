/// The public form: /apply, and /apply/embed for a frame in the firm's own site.
#pragma once

#include "form/form_page.hpp"
#include "form/form_token.hpp"
#include "http/message.hpp"
#include "leads/intake.hpp"
#include "leads/lead_form.hpp"
#include "leads/submission_key.hpp"
#include "leads/submission_rate.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace alma::form {

/// Of a POST: past leads::max_submission_bytes only the texts are read, so that a page can show them again.
/// What is larger than this gets a page without them.
constexpr std::size_t max_form_bytes = 64 * 1024 * 1024;

struct FormConfig {
    std::string firm_name;  ///< empty: the firm is not named
    std::vector<std::string>
        embed_origins;  ///< whose pages may show /apply/embed: "https://www.firm.example"
    std::filesystem::path spool_directory;
    std::string secret;                    ///< signs the tokens
    std::string_view style, script, icon;  ///< paths of the assets
};

/// What is submitted here passes the same checks, and the same rate, as POST /leads/. The pages need no
/// script and no cookie.
///
/// Metric: alma_form_traps_total{trap}, submissions that were not stored, since a program sent them
/// ("honeypot"), or the form was sent too early ("too_fast"), too late ("expired") or without its token
/// ("no_token"). All but the first kind are asked to send again.
class FormApi {
public:
    FormApi(FormConfig config, leads::Intake& intake, leads::SubmissionRate& rate,
            const leads::SubmissionKeys& keys, WorkerPool& files, const Clock& clock,
            prometheus::Registry& metrics);

    awaitable<http::Response> show(http::Request& request);
    awaitable<http::Response> show_embedded(http::Request& request);
    /// 303 to the page of thanks, or the form again with what is wrong. A form that is sent twice with the
    /// same content is stored once.
    awaitable<http::Response> submit(http::Request& request);
    awaitable<http::Response> submit_embedded(http::Request& request);
    /// Knows nothing but its URL, and so tells nothing of any lead.
    awaitable<http::Response> thank(http::Request& request);
    awaitable<http::Response> thank_embedded(http::Request& request);

private:
    enum class Place { page, frame };

    [[nodiscard]] PageContext context_of(const http::Request& request, Place place) const;
    [[nodiscard]] http::Response page(http::Status status, std::string html, Place place) const;
    [[nodiscard]] http::Response blank_form(const http::Request& request, Place place) const;
    awaitable<http::Response> receive(http::Request& request, Place place);
    awaitable<std::string> store(http::Request& request, http::SentTexts& sent);
    [[nodiscard]] std::string check_token(std::string_view text) const;
    [[nodiscard]] http::Response form_again(const http::Request& request, Place place,
                                            const std::exception_ptr& failure, http::SentTexts sent) const;
    [[nodiscard]] http::Response thanks(const http::Request& request, Place place) const;

    FormConfig config_;
    FormTokens tokens_;
    leads::Intake& intake_;
    leads::SubmissionRate& rate_;
    const leads::SubmissionKeys& keys_;
    WorkerPool& files_;
    const Clock& clock_;
    prometheus::Counter* honeypot_;
    prometheus::Counter* too_fast_;
    prometheus::Counter* expired_;
    prometheus::Counter* no_token_;
    std::string page_policy_;
    std::string frame_policy_;
};

}  // namespace alma::form
