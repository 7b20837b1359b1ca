#include "app/import_command.hpp"

#include "app/data_directory.hpp"
#include "app/database.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "db/postgresql/postgresql_uri.hpp"
#include "storage/disk_object_store.hpp"
#include "storage/s3/s3_object_store.hpp"
#include "takeover/import.hpp"
#include "takeover/resume_copy.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace alma::app {
namespace {

using namespace std::chrono_literals;
using takeover::Finding;
using takeover::FindingKind;
using takeover::OriginalDatabase;

/// What was done, and what is left to do.
struct Summary {
    takeover::ImportCounts rows;
    takeover::ResumeCounts resumes;
    std::uint64_t resumes_elsewhere = 0;  ///< of all leads: still in the original's bucket
    bool is_dry_run = false;

    [[nodiscard]] bool is_complete() const {
        return rows.users.refused + rows.leads.refused + rows.failed_emails.refused + resumes.not_copied == 0;
    }
};
BOOST_DESCRIBE_STRUCT(Summary, (), (rows, resumes, resumes_elsewhere, is_dry_run))

/// A line every few seconds; what is done sooner needs none.
class ProgressLines {
public:
    void operator()(std::string_view what, std::uint64_t done, std::uint64_t all) {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < 5s) return;
        last_ = now;
        fmt::print(stderr, "alma-leads: {}: {} of {}\n", what, done, all);
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

const char* word_for(FindingKind kind) {
    if (kind == FindingKind::refused) return "refused";
    return kind == FindingKind::changed ? "changed" : "not copied";
}

void print_finding(const Finding& finding) {
    const std::string id = finding.id ? fmt::format(" {}", *finding.id) : "";
    const std::string lead = finding.lead ? fmt::format(" (lead {})", *finding.lead) : "";
    fmt::print("{:10}  {}{}{}: {}\n", word_for(finding.kind), finding.table, id, lead, finding.reason);
}

void print_counts(const char* table, const takeover::TableCounts& counts, bool is_dry_run) {
    fmt::print("{}: {} read, {} {} ({} of them changed), {} there already, {} refused\n", table, counts.read,
               counts.added, is_dry_run ? "would be added" : "added", counts.changed, counts.there_already,
               counts.refused);
}

void print_summary(const Summary& summary, const ImportArguments& arguments) {
    if (!arguments.from.empty()) {
        print_counts("users", summary.rows.users, summary.is_dry_run);
        print_counts("leads", summary.rows.leads, summary.is_dry_run);
        print_counts("failed e-mails", summary.rows.failed_emails, summary.is_dry_run);
    }
    if (arguments.copies_resumes)
        fmt::print("resumes: {} copied, {} not copied\n", summary.resumes.copied, summary.resumes.not_copied);
    if (summary.resumes_elsewhere > 0)
        fmt::print(
            "{} leads have their resume in the original's bucket, which must stay until they are copied\n",
            summary.resumes_elsewhere);
}

void check(const ImportArguments& arguments) {
    const auto refuse = [](std::string_view problem) {
        throw Error(ErrorKind::invalid, std::string(problem));
    };
    if (arguments.from.empty() && !arguments.copies_resumes)
        refuse("import needs --from URL, --copy-resumes, or both; try --help");
    if (arguments.is_dry_run && arguments.copies_resumes)
        refuse("--dry-run lists rows, and has nothing to say of --copy-resumes: give one of them");
    if (!arguments.bucket.empty() && !storage::is_bucket_name(arguments.bucket))
        refuse("--bucket is no name of a bucket");
    if (!arguments.region.empty() && !storage::is_region_name(arguments.region))
        refuse("--region is no name of a region");
}

/// Empty: not given.
std::string original_uri(const Config& config, const std::string& from) {
    if (from.empty()) return {};
    try {
        std::string uri = db::read_postgresql_url(from);
        if (uri == config.postgresql_uri)
            throw std::invalid_argument("is DATABASE_URL, too: ours needs a database of its own");
        return uri;
    } catch (const std::invalid_argument& problem) {
        throw Error(ErrorKind::invalid, fmt::format("--from {}", problem.what()));
    }
}

std::optional<std::string> if_given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::unique_ptr<storage::ObjectStore> open_store(const Config& config, WorkerPool& files) {
    if (!config.s3.bucket.empty()) return std::make_unique<storage::S3ObjectStore>(config.s3);
    return std::make_unique<storage::DiskObjectStore>(config.data_directory / "resumes", files);
}

/// Everything that a run of the command has, in the order in which it must end.
class Takeover {
public:
    Takeover(const Config& config, const ImportArguments& arguments, takeover::Report report)
        : config_(config), arguments_(arguments), report_(std::move(report)) {}

    Summary run() {
        // First of all: what cannot be read leaves no trace in ours.
        const std::string uri = original_uri(config_, arguments_.from);
        std::optional<OriginalDatabase> original;
        if (!uri.empty()) tell_older_revision(original.emplace(uri));
        if (!arguments_.is_dry_run) open_ours();
        Summary summary;
        summary.is_dry_run = arguments_.is_dry_run;
        if (original) summary.rows = wait_for(import_rows(*original));
        // Copying takes long, and a snapshot that stays open keeps its server from cleaning up.
        original.reset();
        if (arguments_.copies_resumes) summary.resumes = wait_for(copy_resumes());
        if (database_) summary.resumes_elsewhere = wait_for(takeover::count_resumes_elsewhere(*database_));
        if (database_ && !wait_for(has_admin()))
            fmt::print(stderr,
                       "alma-leads: there is no active admin; make one: alma-leads user create --role ADMIN "
                       "ann@firm.example\n");
        return summary;
    }

private:
    static void tell_older_revision(const OriginalDatabase& original) {
        if (original.revision() == OriginalDatabase::newest_revision) return;
        fmt::print(stderr,
                   "alma-leads: the original's schema is of the revision {}, before its last one ({}); it is "
                   "taken over as it is\n",
                   original.revision(), OriginalDatabase::newest_revision);
    }

    void open_ours() {
        if (arguments_.from.empty()) require_schema(config_);
        if (config_.uses_postgresql()) {
            create_private_directory(config_.data_directory);
        } else {
            directory_.emplace(config_.data_directory, config_.database(), "alma-leads import", 1s);
        }
        migrate_and_tell(config_);
        database_ = open_database(config_);
    }

    awaitable<takeover::ImportCounts> import_rows(OriginalDatabase& original) {
        takeover::ImportOptions options{
            .relocation = {.bucket = if_given(arguments_.bucket), .region = if_given(arguments_.region)},
            .target = database_.get(),
            .report = report_,
            .progress = ProgressLines()};
        co_return co_await takeover::import_rows(original, clock_, std::move(options));
    }

    awaitable<takeover::ResumeCounts> copy_resumes() {
        const std::unique_ptr<storage::ObjectStore> store = open_store(config_, files_);
        storage::OtherBuckets originals(config_.original_s3);
        storage::ObjectKeys keys(*database_, clock_, to_text(random_uuid()));
        const bool uses_s3 = !config_.s3.bucket.empty();
        takeover::ResumeCopyParts parts{
            .db = *database_,
            .from = originals,
            .to = *store,
            .keys = keys,
            .spool_directory = uses_s3 ? config_.data_directory : config_.data_directory / "resumes",
            .files = files_};
        co_return co_await takeover::copy_resumes(std::move(parts), report_, ProgressLines());
    }

    awaitable<bool> has_admin() {
        static constexpr std::string_view select =
            "SELECT 1 FROM users WHERE role = 'ADMIN' AND is_active = $1 LIMIT 1";
        const db::Rows admins = co_await database_->read(db::sql(select, true));
        co_return !admins.empty();
    }

    template <class T>
    T wait_for(awaitable<T> task) {
        std::optional<T> result;
        asio::co_spawn(loop_, std::move(task), [&](const std::exception_ptr& failure, T value) {
            if (failure) std::rethrow_exception(failure);
            result = std::move(value);
        });
        loop_.restart();
        loop_.run();
        return std::move(*result);
    }

    const Config& config_;
    const ImportArguments& arguments_;
    const takeover::Report report_;
    const SystemClock clock_;
    std::optional<DataDirectory> directory_;
    asio::io_context loop_;  // threads of the others may still let go of it
    WorkerPool files_{"files", 4, 64};
    std::unique_ptr<db::Database> database_;
};

}  // namespace

bool run_import(const Config& config, const ImportArguments& arguments, bool as_json) {
    check(arguments);
    const auto report = [as_json](const Finding& finding) {
        if (as_json) {
            fmt::print("{}\n", to_json(finding));
        } else {
            print_finding(finding);
        }
    };
    Summary summary;
    try {
        summary = Takeover(config, arguments, report).run();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::unavailable) throw;
        throw Error(ErrorKind::unavailable,
                    fmt::format("{} (Nothing is lost: run the import again, and it goes on.)", error.what()));
    }
    if (as_json) {
        fmt::print("{}\n", to_json(summary));
    } else {
        print_summary(summary, arguments);
    }
    return summary.is_complete();
}

}  // namespace alma::app
