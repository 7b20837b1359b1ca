#include "app/store_commands.hpp"

#include "app/database.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "storage/disk_inventory.hpp"
#include "storage/s3/s3_object_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace alma::app {
namespace {

std::unique_ptr<storage::ObjectInventory> open_inventory(const Config& config, WorkerPool& files) {
    if (!config.s3.bucket.empty()) return std::make_unique<storage::S3ObjectStore>(config.s3);
    return std::make_unique<storage::DiskInventory>(config.data_directory / "resumes", files);
}

void print_finding(const Finding& finding) {
    const auto size = [](const std::optional<std::uint64_t>& bytes) {
        return bytes ? std::to_string(*bytes) : "no";
    };
    if (finding.kind == FindingKind::orphan) {
        fmt::print("orphan      {}  {} bytes, of {}{}\n", finding.key, size(finding.found_size),
                   to_text(*finding.modified_at), finding.is_removed ? ", removed" : "");
    } else if (finding.kind == FindingKind::unread) {
        fmt::print("unread      {}\n", finding.key);
    } else {
        fmt::print("{:11} {}  of lead {}: {} bytes expected, {} found\n",
                   finding.kind == FindingKind::missing ? "missing" : "other size", finding.key,
                   *finding.lead, size(finding.expected_size), size(finding.found_size));
    }
}

void print_summary(const StoreCheckSummary& summary, std::chrono::hours least_age) {
    fmt::print("{} leads, {} objects: {} missing, {} of another size, {} orphans ({} removed)\n",
               summary.leads, summary.objects, summary.missing, summary.other_size, summary.orphans,
               summary.removed);
    if (summary.unread > 0) fmt::print("{} directories of the store could not be read\n", summary.unread);
    if (summary.young_orphans > 0)
        fmt::print("{} objects without a lead are younger than {} hours and were left alone\n",
                   summary.young_orphans, least_age.count());
    if (summary.foreign_objects > 0)
        fmt::print("{} objects are not of this service and were left alone\n", summary.foreign_objects);
    if (summary.resumes_elsewhere > 0)
        fmt::print("{} leads have their resume elsewhere; it was not looked for\n",
                   summary.resumes_elsewhere);
}

StoreCheckSummary compare(const Config& config, StoreCheckOptions options,
                          std::function<void(const Finding&)> report) {
    asio::io_context loop;  // ends last: threads of the others may still let go of it when it throws
    WorkerPool files("files", 1, 16);
    const std::unique_ptr<db::Database> database = open_to_look(config);
    const std::unique_ptr<storage::ObjectInventory> store = open_inventory(config, files);
    if (!std::filesystem::is_directory(config.data_directory))
        throw Error(ErrorKind::invalid,
                    fmt::format("DATA_DIR {} does not exist: there is no room for the lists "
                                "to compare",
                                config.data_directory.string()));
    const SystemClock clock;
    StoreCheckSummary summary;
    asio::co_spawn(loop,
                   check_store(*store, *database, config.data_directory, clock, options, std::move(report)),
                   [&](const std::exception_ptr& failure, StoreCheckSummary result) {
                       if (failure) std::rethrow_exception(failure);
                       summary = result;
                   });
    loop.run();
    return summary;
}

}  // namespace

bool run_store_check(const Config& config, StoreCheckOptions options, bool as_json) {
    const StoreCheckSummary summary = compare(config, options, [as_json](const Finding& finding) {
        if (as_json) {
            fmt::print("{}\n", to_json(finding));
        } else {
            print_finding(finding);
        }
    });
    if (as_json) {
        fmt::print("{}\n", to_json(summary));
    } else {
        print_summary(summary, std::chrono::duration_cast<std::chrono::hours>(options.least_age));
    }
    return summary.is_clean();
}

}  // namespace alma::app
