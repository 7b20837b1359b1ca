// A JSON body, and the rules for its fields: any bytes are values or a refusal, and the refusal is JSON
// itself.
#include "../support/http_request.hpp"
#include "../support/run.hpp"
#include "http/form.hpp"
#include "http/problem.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <cstdint>

namespace {

using namespace alma::http;

constexpr std::array fields{
    InputField{.name = "email", .kind = InputField::Kind::email},
    InputField{.name = "password", .kind = InputField::Kind::password, .min_length = 8, .max_length = 128},
    InputField{.name = "name", .min_length = 1, .max_length = 200},
    InputField{.name = "limit", .kind = InputField::Kind::integer, .is_required = false, .min_length = 1},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ARequest post(Method::post);
    post.with("Content-Type", "application/json").with_body({reinterpret_cast<const char*>(data), size}, 7);
    try {
        alma::run(read_form(post.request, fields));
    } catch (const alma::Error&) {
        boost::json::parse(problem_from(std::current_exception(), "fuzz").body);
    }
    return 0;
}
