#include "app/routes.hpp"

#include "app/pages.hpp"
#include "app/probes.hpp"
#include "app/version.hpp"
#include "app/welcome.hpp"
#include "audit/audit_api.hpp"
#include "auth/login_api.hpp"
#include "form/form_api.hpp"
#include "leads/bulk_api.hpp"
#include "leads/case_api.hpp"
#include "leads/lead_api.hpp"
#include "leads/lead_form.hpp"
#include "leads/notes_api.hpp"
#include "leads/timeline_api.hpp"
#include "live/events_api.hpp"
#include "mail/failed_email_api.hpp"
#include "mail/failed_email_bulk_api.hpp"
#include "mail/outbox_api.hpp"
#include "users/link_api.hpp"
#include "users/session_api.hpp"
#include "users/user_api.hpp"

namespace alma::app {
namespace {

template <class Api>
http::PublicHandler call(Api* api, awaitable<http::Response> (Api::*method)(http::Request&)) {
    return [api, method](http::Request& request) { return (api->*method)(request); };
}

template <class Api>
http::AuthenticatedHandler call(Api* api, awaitable<http::Response> (Api::*method)(http::Request&,
                                                                                   const http::Principal&)) {
    return [api, method](http::Request& request, const http::Principal& caller) {
        return (api->*method)(request, caller);
    };
}

http::Route line(http::Method method, std::string_view path, http::Access access, std::size_t body_limit,
                 http::AuthenticatedHandler handler, const http::Operation* operation) {
    return {method, path, access, body_limit, std::move(handler), operation};
}

/// A handler that does not ask who its caller is serves protected routes, too: the router has checked.
http::Route line(http::Method method, std::string_view path, http::Access access, std::size_t body_limit,
                 http::PublicHandler handler, const http::Operation* operation) {
    http::Route route{method, path, access, body_limit, handler, operation};
    if (access != http::Access::anyone)
        route.handler = [handler = std::move(handler)](http::Request& request, const http::Principal&) {
            return handler(request);
        };
    return route;
}

}  // namespace

// clang-format off
std::vector<http::Route> routes(const Endpoints& to) {
    using enum http::Method;
    using enum http::Access;
    using audit::AuditApi, auth::LoginApi, form::FormApi, leads::BulkApi, leads::CaseApi, leads::LeadApi, leads::NotesApi, leads::TimelineApi, live::EventsApi, mail::FailedEmailApi, mail::FailedEmailBulkApi, mail::OutboxApi, users::LinkApi, users::SessionApi, users::UserApi;
    constexpr std::size_t small = 64 * http::KiB, resume = leads::max_submission_bytes;
    return {
        // verb, path, who, body limit, handler, documentation
        line(post,    "/token",              anyone,   small,  call(to.login, &LoginApi::login),         &LoginApi::login_operation),
        line(post,    "/session",            anyone,   small,  call(to.sessions, &SessionApi::start),    &SessionApi::start_operation),
        line(get,     "/session",            attorney, 0,      call(to.sessions, &SessionApi::show),     &SessionApi::show_operation),
        line(delete_, "/session",            attorney, small,  call(to.sessions, &SessionApi::end),      &SessionApi::end_operation),
        line(post,    "/users/initial",      anyone,   small,  call(to.users, &UserApi::create_initial), &UserApi::create_initial_operation),
        line(post,    "/users/",             admin,    small,  call(to.users, &UserApi::create),         &UserApi::create_operation),
        line(get,     "/users/",             admin,    0,      call(to.users, &UserApi::list),           &UserApi::list_operation),
        line(post,    "/users/invitations",  admin,    small,  call(to.links, &LinkApi::invite),         &LinkApi::invite_operation),
        line(post,    "/users/{user_id}/invitation", admin, small, call(to.links, &LinkApi::invite_again), &LinkApi::invite_again_operation),
        line(post,    "/password-resets",    anyone,   small,  call(to.links, &LinkApi::ask_reset),      &LinkApi::ask_reset_operation),
        line(post,    "/password-resets/confirm", anyone, small, call(to.links, &LinkApi::use),          &LinkApi::use_operation),
        line(get,     "/users/assignees",    attorney, 0,      call(to.users, &UserApi::assignees),      &UserApi::assignees_operation),
        line(put,     "/users/{user_id}",    admin,    small,  call(to.users, &UserApi::change),         &UserApi::change_operation),
        line(put,     "/users/me/password",  attorney, small,  call(to.users, &UserApi::change_own_password), &UserApi::change_own_password_operation),

        line(post,    "/leads/",             anyone,   resume, call(to.leads, &LeadApi::create),         &LeadApi::create_operation),
        line(get,     "/leads/",             attorney, 0,      call(to.leads, &LeadApi::list),           &LeadApi::list_operation),
        line(get,     "/leads/export",       attorney, 0,      call(to.leads, &LeadApi::export_csv),     &LeadApi::export_operation),
        line(get,     "/leads/{lead_uuid}",  attorney, 0,      call(to.leads, &LeadApi::get),            &LeadApi::get_operation),
        line(put,     "/leads/{lead_uuid}/status", attorney, small, call(to.leads, &LeadApi::set_status),      &LeadApi::set_status_operation),
        line(get,     "/leads/{lead_uuid}/resume", attorney, 0,     call(to.leads, &LeadApi::download_resume), &LeadApi::download_resume_operation),
        line(get,     "/leads/{lead_uuid}/timeline", attorney, 0,   call(to.timelines, &TimelineApi::list),        &TimelineApi::list_operation),
        line(get,     "/leads/{lead_uuid}/details",    attorney, 0,     call(to.cases, &CaseApi::details),      &CaseApi::details_operation),
        line(get,     "/leads/{lead_uuid}/duplicates", attorney, 0,     call(to.cases, &CaseApi::duplicates),   &CaseApi::duplicates_operation),
        line(put,     "/leads/{lead_uuid}/assignee",   attorney, small, call(to.cases, &CaseApi::set_assignee), &CaseApi::set_assignee_operation),
        line(post,    "/leads/{lead_uuid}/claim",      attorney, small, call(to.cases, &CaseApi::claim),        &CaseApi::claim_operation),
        line(delete_, "/leads/{lead_uuid}",            admin,    small, call(to.cases, &CaseApi::erase),        &CaseApi::erase_operation),
        line(get,     "/leads/{lead_uuid}/notes",           attorney, 0,        call(to.notes, &NotesApi::list),   &NotesApi::list_operation),
        line(post,    "/leads/{lead_uuid}/notes",           attorney, 2 * small, call(to.notes, &NotesApi::add),    &NotesApi::add_operation),
        line(delete_, "/leads/{lead_uuid}/notes/{note_id}", attorney, small,    call(to.notes, &NotesApi::remove), &NotesApi::remove_operation),
        line(post,    "/leads/bulk/status",   attorney, small, call(to.bulk, &BulkApi::set_status),   &BulkApi::set_status_operation),
        line(post,    "/leads/bulk/assignee", attorney, small, call(to.bulk, &BulkApi::set_assignee), &BulkApi::set_assignee_operation),
        line(get,     "/leads/events",        attorney, 0,     call(to.events, &EventsApi::stream),   &EventsApi::stream_operation),

        line(get,     "/admin/outbox/",                                admin, 0,     call(to.outbox, &OutboxApi::list),               &OutboxApi::list_operation),
        line(get,     "/admin/failed-emails/",                         admin, 0,     call(to.failed_emails, &FailedEmailApi::list),   &FailedEmailApi::list_operation),
        line(post,    "/admin/failed-emails/{failed_email_id}/resend", admin, small, call(to.failed_emails, &FailedEmailApi::resend), &FailedEmailApi::resend_operation),
        line(delete_, "/admin/failed-emails/{failed_email_id}",        admin, small, call(to.failed_emails, &FailedEmailApi::remove), &FailedEmailApi::remove_operation),
        line(post,    "/admin/failed-emails/bulk/resend",              admin, small, call(to.failed_emails_bulk, &FailedEmailBulkApi::resend), &FailedEmailBulkApi::resend_operation),
        line(post,    "/admin/failed-emails/bulk/delete",              admin, small, call(to.failed_emails_bulk, &FailedEmailBulkApi::remove), &FailedEmailBulkApi::remove_operation),

        line(get,     "/admin/audit/",       admin,    0,      call(to.audit, &AuditApi::list),          &AuditApi::list_operation),

        line(get,     "/apply",                 anyone, 0,                    call(to.form, &FormApi::show),            nullptr),
        line(post,    "/apply",                 anyone, form::max_form_bytes, call(to.form, &FormApi::submit),          nullptr),
        line(get,     "/apply/thank-you",       anyone, 0,                    call(to.form, &FormApi::thank),           nullptr),
        line(get,     "/apply/embed",           anyone, 0,                    call(to.form, &FormApi::show_embedded),   nullptr),
        line(post,    "/apply/embed",           anyone, form::max_form_bytes, call(to.form, &FormApi::submit_embedded), nullptr),
        line(get,     "/apply/embed/thank-you", anyone, 0,                    call(to.form, &FormApi::thank_embedded),  nullptr),

        line(get,     "/",                   anyone,   0,      call(to.pages, &Pages::front),            nullptr),
        line(get,     "/inbox",              anyone,   0,      call(to.pages, &Pages::asset),            nullptr),
        line(get,     "/inbox/welcome",      anyone,   0,      call(to.welcome, &Welcome::greet),        nullptr),
        line(get,     "/inbox/preview",      anyone,   0,      call(to.pages, &Pages::asset),            nullptr),
        line(get,     "/openapi.json",       anyone,   0,      call(to.pages, &Pages::openapi),          nullptr),
        line(get,     "/docs",               anyone,   0,      call(to.pages, &Pages::asset),            nullptr),
        line(get,     "/redoc",              anyone,   0,      call(to.pages, &Pages::asset),            nullptr),
        line(get,     "/assets/{name}",      anyone,   0,      call(to.pages, &Pages::asset),            nullptr),
        line(get,     "/healthz",            anyone,   0,      call(to.probes, &Probes::health),         &Probes::health_operation),
        line(get,     "/readyz",             anyone,   0,      call(to.probes, &Probes::readiness),      &Probes::readiness_operation),
        line(get,     "/metrics",            anyone,   0,      call(to.probes, &Probes::metrics),        &Probes::metrics_operation),
    };
}
// clang-format on

std::string openapi_document() {
    std::vector<http::Schema> schemas;
    for (auto of_module :
         {&auth::LoginApi::schemas, &audit::AuditApi::schemas, &users::SessionApi::schemas,
          &users::UserApi::schemas, &leads::LeadApi::schemas, &leads::BulkApi::schemas,
          &leads::CaseApi::schemas, &leads::NotesApi::schemas, &mail::FailedEmailApi::schemas,
          &mail::FailedEmailBulkApi::schemas, &mail::OutboxApi::schemas, &Probes::schemas})
        std::ranges::move(of_module(), std::back_inserter(schemas));
    return http::openapi_document(routes({}), schemas, version());
}

}  // namespace alma::app
