/// The whole API: verb, path, who may call it, how large its body may be, what answers, how it is documented.
#pragma once

#include "http/openapi.hpp"
#include "http/route.hpp"

#include <string>
#include <vector>

namespace alma::audit {
class AuditApi;
}
namespace alma::auth {
class LoginApi;
}
namespace alma::form {
class FormApi;
}
namespace alma::leads {
class BulkApi;
class CaseApi;
class LeadApi;
class NotesApi;
class TimelineApi;
}  // namespace alma::leads
namespace alma::live {
class EventsApi;
}
namespace alma::mail {
class FailedEmailApi;
class FailedEmailBulkApi;
class OutboxApi;
}  // namespace alma::mail
namespace alma::users {
class LinkApi;
class SessionApi;
class UserApi;
}  // namespace alma::users

namespace alma::app {

class Pages;
class Probes;
class Welcome;

/// Who answers. Null where routes are only read, as for the OpenAPI document.
struct Endpoints {
    auth::LoginApi* login = nullptr;
    audit::AuditApi* audit = nullptr;
    users::LinkApi* links = nullptr;
    users::SessionApi* sessions = nullptr;
    users::UserApi* users = nullptr;
    leads::LeadApi* leads = nullptr;
    leads::TimelineApi* timelines = nullptr;
    leads::CaseApi* cases = nullptr;
    leads::NotesApi* notes = nullptr;
    leads::BulkApi* bulk = nullptr;
    live::EventsApi* events = nullptr;
    mail::OutboxApi* outbox = nullptr;
    mail::FailedEmailApi* failed_emails = nullptr;
    mail::FailedEmailBulkApi* failed_emails_bulk = nullptr;
    form::FormApi* form = nullptr;
    Pages* pages = nullptr;
    Welcome* welcome = nullptr;
    Probes* probes = nullptr;
};

std::vector<http::Route> routes(const Endpoints& endpoints);

/// The OpenAPI document of all routes(), as /openapi.json and `alma-leads openapi` give it.
std::string openapi_document();

}  // namespace alma::app
