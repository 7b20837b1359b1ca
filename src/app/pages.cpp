#include "app/pages.hpp"

#include "app/assets.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/conditional.hpp"

namespace alma::app {

Pages::Pages(std::string openapi_document)
    : openapi_document_(std::move(openapi_document)), openapi_etag_(http::etag_of(openapi_document_)) {}

awaitable<http::Response> Pages::openapi(http::Request& request) {
    http::Response response;
    if (http::has_current(request, openapi_etag_)) {
        response.status = http::Status::not_modified;
    } else {
        response = http::json_response(http::Status::ok, openapi_document_);
    }
    response.with("ETag", openapi_etag_).with("Cache-Control", "no-cache");
    co_return response;
}

awaitable<http::Response> Pages::front(http::Request& /*request*/) {
    http::Response response;
    response.status = http::Status::see_other;
    response.with("Location", "/inbox/");
    co_return response;
}

awaitable<http::Response> Pages::asset(http::Request& request) {
    std::string path = percent_decode(request.path, false).value_or("");
    if (path.ends_with('/')) path.pop_back();
    const Asset* found = find_asset(path);
    if (found == nullptr) throw Error(ErrorKind::not_found, "Not Found");
    co_return asset_response(request, *found);
}

}  // namespace alma::app
