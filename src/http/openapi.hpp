/// The OpenAPI 3.1 document, made from the route table.
#pragma once

#include "http/route.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace alma::http {

/// A named schema of the components section; modules make theirs beside the struct it describes.
struct Schema {
    std::string_view name;       ///< "Lead"
    boost::json::object schema;  ///< a JSON Schema
};

/// Of an object that has all of `properties`, always.
Schema object_schema(std::string_view name, std::string_view description, boost::json::object properties);

/// @return the document as JSON text; the same for the same routes, so that it can be served with an ETag
std::string openapi_document(std::span<const Route> routes, std::span<const Schema> schemas,
                             std::string_view version);

}  // namespace alma::http
