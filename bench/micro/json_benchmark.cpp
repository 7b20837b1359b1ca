#include "leads/lead_json.hpp"

#include <benchmark/benchmark.h>

namespace alma::leads {
namespace {

Lead a_lead() {
    return {.uuid = parse_uuid("550e8400-e29b-41d4-a716-446655440000").value(),
            .first_name = "Zoë",
            .last_name = "O'Brien \"Zed\"",
            .email = "zoe.obrien@example.com",
            .created_at = Instant(std::chrono::microseconds(1'764'540'000'123'456)),
            .updated_at = Instant(std::chrono::microseconds(1'764'540'000'123'456))};
}

void write_1000_leads(benchmark::State& state) {
    const Lead lead = a_lead();
    std::string out;
    for (auto _ : state) {
        out.clear();
        for (int i = 0; i < 1000; ++i)
            write_lead(out, lead, "https://leads.example.com");
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * out.size()));
}
BENCHMARK(write_1000_leads);

}  // namespace
}  // namespace alma::leads
