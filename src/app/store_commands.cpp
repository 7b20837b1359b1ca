#include "app/store_commands.hpp"

#include "base/error.hpp"
#include "db/sqlite/sqlite_read_only.hpp"
#include "storage/disk_inventory.hpp"
#include "storage/s3/s3_object_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace alma::app {
namespace {

std::unique_ptr<db::Database> open_database(const Config& config) {
    if (!std::filesystem::exists(config.database()))
        throw Error(ErrorKind::invalid, fmt::format("There is no database in {}: nothing to compare with",
                                                    config.database().string()));
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
    const std::unique_ptr<db::Database> database = open_database(config);
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
