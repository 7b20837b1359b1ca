#include "leads/lead_json.hpp"

#include "base/json.hpp"

namespace alma::leads {

void write_lead(std::string& out, const Lead& lead, std::string_view base_url) {
    thread_local std::string url;  // kept, so that a lead costs no allocation
    url.assign(base_url).append("/leads/");
    append_text(url, lead.uuid);
    url += "/resume";

    out += R"({"uuid":)";
    write_json(out, lead.uuid);
    out += R"(,"first_name":)";
    write_json(out, lead.first_name);
    out += R"(,"last_name":)";
    write_json(out, lead.last_name);
    out += R"(,"email":)";
    write_json(out, lead.email);
    out += R"(,"resume_download_url":)";
    write_json(out, url);
    out += R"(,"status":)";
    write_json(out, lead.status);
    out += R"(,"created_at":)";
    write_json(out, lead.created_at);
    out += R"(,"updated_at":)";
    write_json(out, lead.updated_at);
    out += '}';
}

}  // namespace alma::leads
