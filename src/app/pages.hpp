/// What a browser opens: the inbox, and the API's document with the pages that show it.
#pragma once

#include "http/message.hpp"

#include <string>

namespace alma::app {

/// Immutable: may be used from every event loop at once.
class Pages {
public:
    Pages() = default;
    explicit Pages(std::string openapi_document);

    /// GET /openapi.json, with an ETag.
    awaitable<http::Response> openapi(http::Request& request);
    /// GET /: to the inbox.
    awaitable<http::Response> front(http::Request& request);
    /// GET /inbox, GET /docs, GET /redoc and GET /assets/{name}.
    awaitable<http::Response> asset(http::Request& request);

private:
    std::string openapi_document_;
    std::string openapi_etag_;
};

}  // namespace alma::app
