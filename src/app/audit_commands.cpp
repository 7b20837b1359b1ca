#include "app/audit_commands.hpp"

#include "app/database.hpp"
#include "audit/verification.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace alma::app {
namespace {

using audit::Finding;
using audit::FindingKind;

constexpr std::int64_t progress_interval = 100'000;

struct Summary {
    std::int64_t entries = 0;
    std::int64_t findings = 0;
    std::int64_t position = 0;
    std::string hash;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (entries, findings, position, hash))

std::vector<audit::Head> parse_heads(const std::vector<std::string>& texts) {
    std::vector<audit::Head> heads;
    for (const std::string& text : texts) {
        const std::optional<audit::Head> head = audit::parse_head(text);
        if (!head)
            throw Error(ErrorKind::invalid,
                        "--expect is no head; valid is POSITION:HASH, as this command prints it");
        heads.push_back(*head);
    }
    return heads;
}

void print_finding(const Finding& finding) {
    switch (finding.kind) {
        case FindingKind::changed:
            fmt::print("changed   entry {}: it was edited, or stood elsewhere\n", finding.position);
            break;
        case FindingKind::missing:
            fmt::print("missing   entries {} to {}\n", finding.position, finding.last);
            break;
        case FindingKind::not_met:
            fmt::print("not met   the chain does not have the expected hash at position {}\n",
                       finding.position);
            break;
        case FindingKind::unsealed:
            fmt::print("unsealed  {} entries, the oldest of {}\n", finding.count, finding.detail);
            break;
    }
}

void show_progress(std::int64_t position) {
    if (position > 0 && position % progress_interval == 0 && ::isatty(STDERR_FILENO) != 0)
        fmt::print(stderr, "{} entries so far\n", position);
}

audit::Verification verify(const Config& config, std::vector<audit::Head> expected,
                           std::function<void(const Finding&)> report) {
    asio::io_context loop;
    const std::unique_ptr<db::Database> database = open_to_look(config);
    const SystemClock clock;
    audit::Verification verification;
    asio::co_spawn(loop,
                   audit::verify(*database, clock, std::move(expected), std::move(report), show_progress),
                   [&](const std::exception_ptr& failure, audit::Verification result) {
                       if (failure) std::rethrow_exception(failure);
                       verification = std::move(result);
                   });
    loop.run();
    return verification;
}

}  // namespace

bool run_audit_verify(const Config& config, const std::vector<std::string>& expected_heads, bool as_json) {
    const audit::Verification found =
        verify(config, parse_heads(expected_heads), [as_json](const Finding& finding) {
            if (as_json) {
                fmt::print("{}\n", to_json(finding));
            } else {
                print_finding(finding);
            }
        });
    if (as_json) {
        fmt::print("{}\n", to_json(Summary{.entries = found.entries,
                                           .findings = found.findings,
                                           .position = found.head.position,
                                           .hash = found.head.hash}));
    } else {
        fmt::print("{} entries, {} findings; head {}\n", found.entries, found.findings,
                   audit::to_text(found.head));
    }
    return found.findings == 0;
}

}  // namespace alma::app
