#include "http/head.hpp"

#include <benchmark/benchmark.h>

namespace alma::http {
namespace {

/// As a browser's fetch sends it.
constexpr std::string_view request =
    "GET /leads/550e8400-e29b-41d4-a716-446655440000 HTTP/1.1\r\n"
    "Host: leads.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: application/json\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Authorization: Bearer "
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZG1pbkBsYXcuZXhhbXBsZSIsImV4cCI6MTc2NDU0MDAwMH0."
    "b1xVbAPCbtGb0uIuPgqSGQqCa3bRbCFnXyZwzJ6dDxA\r\n"
    "Connection: keep-alive\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "\r\n";

void find_end_of_head(benchmark::State& state) {
    const Limits limits;
    for (auto _ : state) {
        HeadScanner scanner(limits);
        benchmark::DoNotOptimize(scanner.scan(request));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * request.size()));
}
BENCHMARK(find_end_of_head);

void parse_head(benchmark::State& state) {
    const Limits limits;
    Head head;
    for (auto _ : state) {
        if (read_head(request, limits, head)) state.SkipWithError("the head is refused");
        benchmark::DoNotOptimize(head.path);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * request.size()));
}
BENCHMARK(parse_head);

}  // namespace
}  // namespace alma::http
