#include "leads/status_field.hpp"

#include "base/error.hpp"

namespace alma::leads {

LeadStatus status_in(const http::Form& form) {
    const std::string& text = form["status"];
    if (const std::optional<LeadStatus> status = parse_enum<LeadStatus>(text)) return *status;
    FieldError error{.type = "enum",
                     .location = {"body", "status"},
                     .message = "Input should be 'PENDING' or 'REACHED_OUT'",
                     .input = text,
                     .context = R"({"expected":"'PENDING' or 'REACHED_OUT'"})"};
    throw Error(std::vector<FieldError>{std::move(error)});
}

}  // namespace alma::leads
