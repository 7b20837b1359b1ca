#include "auth/token.hpp"

#include <benchmark/benchmark.h>

namespace alma::auth {
namespace {

constexpr std::string_view key = "0123456789abcdef0123456789abcdef";
constexpr Instant now{std::chrono::seconds(1'764'540'000)};

void sign_token(benchmark::State& state) {
    const TokenSigner signer(key, std::chrono::minutes(30));
    for (auto _ : state)
        benchmark::DoNotOptimize(signer.sign("admin@law.example", now));
}
BENCHMARK(sign_token);

void verify_token(benchmark::State& state) {
    const TokenSigner signer(key, std::chrono::minutes(30));
    const std::string token = signer.sign("admin@law.example", now);
    for (auto _ : state) {
        if (!signer.verify(token, now)) state.SkipWithError("the token is refused");
    }
}
BENCHMARK(verify_token);

}  // namespace
}  // namespace alma::auth
