#include "http/openapi.hpp"

#include "base/encoding.hpp"
#include "http/field_rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <set>

namespace alma::http {
namespace {

namespace json = boost::json;
using Kind = InputField::Kind;

json::object reference_to(std::string_view schema) {
    return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

json::object content_of(std::string_view type, json::object schema) {
    return {{type, json::object{{"schema", std::move(schema)}}}};
}

void add_length_bounds(json::object& schema, const InputField& field) {
    if (field.min_length > 0) schema["minLength"] = field.min_length;
    schema["maxLength"] = field.max_length;
}

void add_choices(json::object& schema, const InputField& field) {
    json::array& choices = schema["enum"].emplace_array();
    for (const std::string_view choice : field.choices)
        choices.emplace_back(choice);
}

std::string_view type_of(const InputField& field) {
    if (field.kind == Kind::integer) return "integer";
    if (field.kind == Kind::boolean) return "boolean";
    return field.kind == Kind::list ? "array" : "string";
}

json::object items_of(const InputField& field) {
    if (has_ids(field)) return {{"type", "integer"}, {"minimum", 1}};
    return {{"type", "string"}};
}

json::object schema_of(const InputField& field) {
    json::object schema;
    schema["type"] = type_of(field);
    switch (field.kind) {
        case Kind::text:
        case Kind::multiline:
            add_length_bounds(schema, field);
            break;
        case Kind::password:
            schema["format"] = "password";
            add_length_bounds(schema, field);
            break;
        case Kind::email:
            schema["format"] = "email";
            break;
        case Kind::choice:
            add_choices(schema, field);
            break;
        case Kind::file:
            // OpenAPI 3.1 says a file in a form by its media type; `format` is what older tools look for.
            schema["format"] = "binary";
            schema["contentMediaType"] = "application/octet-stream";
            break;
        case Kind::integer:
            schema["minimum"] = field.min_length;
            schema["maximum"] = field.max_length;
            break;
        case Kind::boolean:
            break;
        case Kind::list:
            schema["items"] = items_of(field);
            schema["minItems"] = field.min_length;
            schema["maxItems"] = field.max_length;
            break;
    }
    if (field.is_nullable) schema["type"] = json::array{"string", "null"};
    if (!field.default_value.empty()) {
        if (field.kind == Kind::integer) {
            schema["default"] = std::stoll(std::string(field.default_value));
        } else {
            schema["default"] = field.default_value;
        }
    }
    return schema;
}

json::value example_of(const InputField& field) {
    if (has_ids(field)) return json::array{std::stoll(std::string(field.example))};
    if (field.kind == Kind::list)
        return json::array{json::string(field.example.data(), field.example.size())};
    if (field.kind == Kind::boolean) return field.example == "true";
    return json::string(field.example.data(), field.example.size());
}

/// The schema of a form or a JSON object with these fields.
json::object body_schema(const Operation& operation) {
    json::object properties;
    json::array required;
    for (const InputField& field : operation.body) {
        json::object schema = schema_of(field);
        if (!field.description.empty()) schema["description"] = field.description;
        if (!field.example.empty()) schema["examples"] = json::array{example_of(field)};
        properties[field.name] = std::move(schema);
        if (field.is_required) required.emplace_back(field.name);
    }
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

std::string_view media_type_of(Encoding encoding) {
    switch (encoding) {
        case Encoding::json:
            return "application/json";
        case Encoding::urlencoded:
            return "application/x-www-form-urlencoded";
        case Encoding::multipart:
            return "multipart/form-data";
        case Encoding::none:
            break;
    }
    return {};
}

bool has_file(const Operation& operation) {
    return std::ranges::any_of(operation.body, [](const InputField& f) { return f.kind == Kind::file; });
}

std::string body_schema_name(const Operation& operation) {
    return "Body_" + std::string(operation.id);
}

/// Not marked as required where each field may come as a query parameter instead.
json::object request_body(const Operation& operation) {
    json::object content;
    for (const Encoding encoding : operation.encodings) {
        if (encoding == Encoding::none) continue;
        content[media_type_of(encoding)] =
            json::object{{"schema", reference_to(body_schema_name(operation))}};
    }
    const bool is_required = has_file(operation);
    return {{"required", is_required}, {"content", std::move(content)}};
}

json::object parameter_of(const InputField& field, bool is_required, std::string_view note) {
    json::object parameter{{"name", field.name}, {"in", "query"}, {"required", is_required}};
    std::string description(field.description);
    if (!note.empty()) description += description.empty() ? std::string(note) : " " + std::string(note);
    if (!description.empty()) parameter["description"] = description;
    parameter["schema"] = schema_of(field);
    // Swagger UI fills examples in: an optional parameter would filter a list without being asked to.
    if (is_required && !field.example.empty()) parameter["example"] = field.example;
    return parameter;
}

/// "/leads/{lead_uuid}/resume" -> lead_uuid
std::vector<std::string_view> names_in_path(std::string_view path) {
    std::vector<std::string_view> names;
    for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
    }
    return names;
}

json::array parameters_of(const Route& route) {
    json::array parameters;
    for (const std::string_view name : names_in_path(route.path)) {
        parameters.push_back(json::object{{"name", name},
                                          {"in", "path"},
                                          {"required", true},
                                          {"schema", json::object{{"type", "string"}}}});
    }
    for (const InputField& field : route.operation->query) {
        parameters.push_back(parameter_of(field, field.is_required, {}));
    }
    const bool has_body = !route.operation->encodings.empty();
    for (const InputField& field : route.operation->body) {
        if (field.kind == Kind::file || field.kind == Kind::list) continue;
        json::object parameter = parameter_of(field, !has_body && field.is_required,
                                              has_body ? "May be sent here instead of in the body." : "");
        // It works, as in the service before ours, but ends up in histories and the logs of proxies.
        if (field.kind == Kind::password) parameter["deprecated"] = true;
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

json::object detail_schema(const std::set<std::string_view>& details) {
    json::object schema = reference_to("Problem");
    if (details.empty()) return schema;
    json::array examples;
    for (const std::string_view detail : details)
        examples.push_back(json::object{{"detail", detail}});
    schema["examples"] = std::move(examples);
    return schema;
}

/// The details of every failure by status: those that follow from the route, and its own.
std::map<int, std::set<std::string_view>> failures_of(const Route& route) {
    std::map<int, std::set<std::string_view>> failures;
    if (route.access != Access::anyone) failures[401].insert("Could not validate credentials");
    if (route.access == Access::admin) failures[403].insert("Not enough permissions. Admin role required.");
    for (const Failure& failure : route.operation->failures)
        failures[failure.status].insert(failure.detail);
    const bool has_own_limit_text = failures.contains(413);
    if (route.body_limit > 0 && !has_own_limit_text) failures[413].insert("Request body too large");
    return failures;
}

json::object success_of(const Operation& operation) {
    json::object answer{{"description", "Successful Response"}};
    json::object schema;
    if (!operation.answer_schema.empty()) {
        schema = reference_to(operation.answer_schema);
        if (operation.answers_array) schema = {{"type", "array"}, {"items", std::move(schema)}};
    } else if (operation.answer_type != "application/json") {
        schema = {{"type", "string"}, {"format", "binary"}};
    }
    answer["content"] = content_of(operation.answer_type, std::move(schema));
    return answer;
}

json::object responses_of(const Route& route) {
    const Operation& operation = *route.operation;
    std::map<int, std::set<std::string_view>> failures = failures_of(route);
    if (!operation.body.empty() || !operation.query.empty()) failures.try_emplace(422);
    json::object responses{{"200", success_of(operation)}};
    for (const auto& [status, details] : failures) {
        json::object answer{{"description", reason_of(static_cast<Status>(status))}};
        answer["content"] = content_of(
            "application/json", status == 422 ? reference_to("HTTPValidationError") : detail_schema(details));
        if (status == 401) {
            answer["headers"] = json::object{
                {"WWW-Authenticate",
                 json::object{{"schema", json::object{{"type", "string"}, {"const", "Bearer"}}}}}};
        }
        if (status == 429 || status == 503) {
            answer["headers"] = json::object{
                {"Retry-After", json::object{{"description", "Seconds until it may pass."},
                                             {"schema", json::object{{"type", "integer"}, {"minimum", 1}}}}}};
        }
        responses[std::to_string(status)] = std::move(answer);
    }
    return responses;
}

/// Either scheme alone is enough: one logs in with a password, one takes a token as it is.
json::array security() {
    return {json::object{{"OAuth2PasswordBearer", json::array{}}},
            json::object{{"BearerToken", json::array{}}}};
}

json::object operation_object(const Route& route) {
    const Operation& operation = *route.operation;
    json::object object{{"operationId", operation.id}, {"summary", operation.summary}};
    if (!operation.tag.empty()) object["tags"] = json::array{operation.tag};
    if (!operation.description.empty()) object["description"] = operation.description;
    if (json::array parameters = parameters_of(route); !parameters.empty())
        object["parameters"] = std::move(parameters);
    if (!operation.body.empty() && !operation.encodings.empty())
        object["requestBody"] = request_body(operation);
    object["responses"] = responses_of(route);
    if (route.access != Access::anyone) object["security"] = security();
    return object;
}

json::object paths_of(std::span<const Route> routes) {
    json::object paths;
    for (const Route& route : routes) {
        if (route.operation == nullptr) continue;
        json::value& path = paths[route.path];
        if (path.is_null()) path.emplace_object();
        path.get_object()[ascii_lower(to_text(route.method))] = operation_object(route);
    }
    return paths;
}

json::object security_schemes() {
    const json::object password_flow{{"tokenUrl", "/token"}, {"scopes", json::object{}}};
    return {
        {"OAuth2PasswordBearer",
         json::object{{"type", "oauth2"}, {"flows", json::object{{"password", password_flow}}}}},
        {"BearerToken", json::object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}},
    };
}

/// The answers to failures, as FastAPI names and shapes them.
void add_failure_schemas(json::object& schemas) {
    static constexpr std::string_view text = R"({
        "Problem": {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]},
        "HTTPValidationError": {
            "type": "object",
            "properties": {"detail": {"type": "array", "items": {"$ref": "#/components/schemas/ValidationError"}}}},
        "ValidationError": {
            "type": "object",
            "properties": {
                "type": {"type": "string"},
                "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
                "msg": {"type": "string"},
                "input": {},
                "ctx": {"type": "object"}},
            "required": ["loc", "msg", "type"]}})";
    for (auto& [name, schema] : json::parse(text).as_object())
        schemas[name] = schema;
}

json::object schemas_of(std::span<const Route> routes, std::span<const Schema> schemas) {
    json::object all;
    for (const Schema& named : schemas)
        all[named.name] = named.schema;
    for (const Route& route : routes) {
        if (route.operation == nullptr || route.operation->body.empty() || route.operation->encodings.empty())
            continue;
        all[body_schema_name(*route.operation)] = body_schema(*route.operation);
    }
    add_failure_schemas(all);
    return all;
}

}  // namespace

Schema object_schema(std::string_view name, std::string_view description, json::object properties) {
    json::array required;
    for (const auto& property : properties)
        required.emplace_back(property.key());
    return {.name = name,
            .schema = {{"type", "object"},
                       {"description", description},
                       {"required", std::move(required)},
                       {"properties", std::move(properties)}}};
}

std::string openapi_document(std::span<const Route> routes, std::span<const Schema> schemas,
                             std::string_view version) {
    const json::object document{
        {"openapi", "3.1.0"},
        {"info", json::object{{"title", "alma-leads"},
                              {"description", "Leads management for law firms."},
                              {"version", version}}},
        {"paths", paths_of(routes)},
        {"components",
         json::object{{"schemas", schemas_of(routes, schemas)}, {"securitySchemes", security_schemes()}}},
    };
    return json::serialize(document);
}

}  // namespace alma::http
