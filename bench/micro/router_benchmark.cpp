#include "http/router.hpp"

#include <benchmark/benchmark.h>

namespace alma::http {
namespace {

awaitable<Response> answer(Request&) {
    co_return Response();
}

/// The shapes of app/routes.cpp: the paths that a lookup has to tell apart.
Router a_router() {
    const auto route = [](Method method, std::string_view path) {
        return Route{method, path, Access::anyone, 0, PublicHandler(answer), nullptr};
    };
    using enum Method;
    return Router({route(get, "/"), route(get, "/healthz"), route(get, "/readyz"), route(get, "/metrics"),
                   route(post, "/token"), route(post, "/users/"), route(post, "/users/initial"),
                   route(get, "/users/me"), route(post, "/leads/"), route(get, "/leads/"),
                   route(get, "/leads/{lead_uuid}"), route(put, "/leads/{lead_uuid}"),
                   route(get, "/leads/{lead_uuid}/resume"), route(get, "/leads/{lead_uuid}/notes/"),
                   route(delete_, "/leads/{lead_uuid}/notes/{note_id}"), route(get, "/admin/failed-emails/"),
                   route(post, "/admin/failed-emails/{email_id}/resend")},
                  nullptr);
}

void match_path(benchmark::State& state, std::string_view path) {
    const Router router = a_router();
    Request request;
    request.path = path;
    for (auto _ : state) {
        if (router.match(request).route == nullptr) state.SkipWithError("no route");
        benchmark::DoNotOptimize(request.path_parameters.data());
    }
}
BENCHMARK_CAPTURE(match_path, literal, "/healthz");
BENCHMARK_CAPTURE(match_path, parameter, "/leads/550e8400-e29b-41d4-a716-446655440000");
BENCHMARK_CAPTURE(match_path, below_a_parameter, "/leads/550e8400-e29b-41d4-a716-446655440000/resume");

}  // namespace
}  // namespace alma::http
