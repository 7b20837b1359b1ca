#include "leads/lead_json.hpp"

#include "base/json.hpp"

namespace alma::leads {

void write_lead(std::string& out, const Lead& lead, std::string_view base_url) {
    const std::string uuid = to_text(lead.uuid);
    std::string url;
    url.reserve(base_url.size() + uuid.size() + 16);
    url.append(base_url).append("/leads/").append(uuid).append("/resume");

    out += R"({"uuid":)";
    write_json(out, uuid);
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
