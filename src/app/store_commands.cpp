#include "app/store_commands.hpp"

#include "app/database.hpp"
#include "base/error.hpp"
#include "db/sqlite/sqlite_read_only.hpp"
#include "storage/disk_inventory.hpp"
#include "storage/s3/s3_object_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace alma::app {
namespace {

std::unique_ptr<db::Database> open_to_look(const Config& config) {
    const auto is_applied = [](const db::MigrationStatus& step) { return step.applied_at.has_value(); };
    if (std::ranges::none_of(schema_status(config), is_applied))
        throw Error(ErrorKind::invalid,
                    fmt::format("There is no database of alma-leads yet ({}): nothing to compare with",
                                describe_database(config)));
    if (config.uses_postgresql()) return open_database(config);
    return std::make_unique<db::SqliteReadOnly>(config.database());
}

std::unique_ptr<storage::ObjectInventory> open_inventory(const Config& config, WorkerPool& files) {
    if (!config.s3.bucket.empty()) return std::make_unique<storage::S3ObjectStore>(config.s3);
    return std::make_unique<storage::DiskInventory>(config.data_directory / "resumes", files);
}

}  // namespace

StoreCheckSummary run_store_check(const Config& config, StoreCheckOptions options,
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

}  // namespace alma::app
