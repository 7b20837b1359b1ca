// What a request shows of who makes it: a session is a piece of one cookie, never with what separates cookies
// in it, and no origin but our own passes for it.
#include "auth/credentials.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    alma::http::Request request;
    request.base_url = "https://leads.example";
    request.headers = {{"Cookie", text}, {"Authorization", text}};
    if (const auto id = alma::auth::session_id(request)) {
        if (id->contains(';') || !text.contains("__Host-alma_session=")) std::abort();
    }
    if (const auto token = alma::auth::bearer_token(request)) {
        if (token->empty() || token->starts_with(' ')) std::abort();
    }
    request.headers = {{"Origin", text}};
    const bool is_ours = !alma::auth::is_cross_site(request);
    const std::string_view begin = text.substr(0, 21);
    if (is_ours && begin.size() < 21) std::abort();
    return 0;
}
