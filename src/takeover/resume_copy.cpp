#include "takeover/resume_copy.hpp"

#include "base/error.hpp"
#include "leads/lead_store.hpp"
#include "storage/s3/digest.hpp"
#include "storage/s3/s3_error.hpp"
#include "storage/spool.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <deque>
#include <exception>
#include <memory>
#include <system_error>
#include <variant>

namespace alma::takeover {
namespace {

constexpr std::size_t page_size = 1000;
/// A store that fails so often in a row fails as a whole; each failure has taken half a minute of attempts.
constexpr int most_failures_in_a_row = 20;
constexpr int most_readings = 4;

/// What was read, or why it was not.
using Fetched = std::variant<std::unique_ptr<storage::Spool>, std::string>;

class ResumeCopy {
public:
    ResumeCopy(ResumeCopyParts parts, Report report, Progress progress)
        : parts_(std::move(parts)), report_(std::move(report)), progress_(std::move(progress)) {}

    awaitable<ResumeCounts> run() {
        using namespace asio::experimental::awaitable_operators;
        all_ = co_await count_resumes_elsewhere(parts_.db);
        std::int64_t after = 0;
        while (true) {
            const auto page = co_await leads::list_resume_references(parts_.db, after, page_size);
            if (page.empty()) co_return counts_;
            after = page.back().id;
            for (const leads::ResumeReference& reference : page) {
                if (!storage::is_valid_key(reference.path)) waiting_.push_back(reference);
            }
            // As many at a time as OtherBuckets has connections.
            co_await (copy_waiting() && copy_waiting() && copy_waiting() && copy_waiting() &&
                      copy_waiting() && copy_waiting() && copy_waiting() && copy_waiting());
            if (failure_) std::rethrow_exception(failure_);
        }
    }

private:
    /// What ends all copying is kept for the one who waits for all: each would fail for the same reason.
    awaitable<void> copy_waiting() {
        try {
            while (!waiting_.empty()) {
                leads::ResumeReference reference = std::move(waiting_.front());
                waiting_.pop_front();
                co_await copy(std::move(reference));
                progress_("resumes", counts_.copied + counts_.not_copied, all_);
            }
        } catch (...) {
            if (!failure_) failure_ = std::current_exception();
            waiting_.clear();
        }
    }

    awaitable<void> copy(leads::ResumeReference reference) {
        Fetched fetched = co_await fetch(reference.path);
        if (const auto* reason = std::get_if<std::string>(&fetched)) {
            ++counts_.not_copied;
            report_({.kind = FindingKind::not_copied,
                     .table = "leads",
                     .lead = to_text(reference.lead),
                     .reason = *reason});
            co_return;
        }
        const auto content = std::get<std::unique_ptr<storage::Spool>>(std::move(fetched));
        const std::optional<leads::Resume> resume = co_await leads::find_resume(parts_.db, reference.lead);
        if (!resume || resume->path != reference.path)
            co_return;  // it has gone, or another import was faster
        co_await keep(std::move(reference), *content, resume->type);
    }

    awaitable<Fetched> fetch(std::string url) {
        std::string failure;
        try {
            Fetched fetched = co_await read(url);
            failures_in_a_row_ = 0;
            co_return fetched;
        } catch (const storage::s3::S3Error& error) {
            failure = error.what();
            if (++failures_in_a_row_ >= most_failures_in_a_row) throw;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::not_found) throw;
            failure = fmt::format("{} does not exist", url);
        } catch (const std::system_error&) {
            throw;  // of our disk
        } catch (const std::runtime_error& error) {
            failure = error.what();
        }
        co_return failure;
    }

    /// The original's bucket may be emptied afterwards, so what arrived is verified. An ETag is most often
    /// the content's MD5, but not with every encryption and every store: there two readings must agree.
    awaitable<Fetched> read(std::string url) {
        std::string md5_before;
        for (int reading = 0; reading < most_readings; ++reading) {
            const std::unique_ptr<storage::s3::Reader> reader = co_await parts_.from.open(url);
            if (reader->size() > parts_.largest)
                co_return fmt::format("{} has more than {} bytes", url, parts_.largest);
            auto content = std::make_unique<storage::Spool>(parts_.spool_directory, parts_.files);
            storage::s3::Digest digest = storage::s3::Digest::md5();
            for (std::string_view piece = co_await reader->next(); !piece.empty();
                 piece = co_await reader->next()) {
                digest.add(piece);
                co_await content->append(piece);
            }
            std::string md5 = digest.hex();
            if (reader->etag() == '"' + md5 + '"' || md5 == md5_before) co_return content;
            md5_before = std::move(md5);
        }
        co_return fmt::format("{} arrived damaged: no two readings of it agree", url);
    }

    /// As a submission does it: the object goes first, under a key that was written down.
    awaitable<void> keep(leads::ResumeReference reference, const storage::Spool& content, std::string type) {
        static constexpr std::string_view update = R"(
            UPDATE leads SET resume_path = $2, resume_size = $3 WHERE uuid = $1 AND resume_path = $4
            RETURNING id)";
        const std::string key = co_await parts_.keys.next();
        co_await parts_.to.put(key, content, std::move(type));
        std::vector<db::Statement> transaction;
        transaction.push_back(storage::ObjectKeys::keep(key));
        transaction.push_back(db::required(update, reference.lead, key, content.size(), reference.path));
        if (co_await parts_.db.write(std::move(transaction))) {
            ++counts_.copied;
        } else {
            co_await parts_.to.remove(key);  // another import was faster
        }
    }

    const ResumeCopyParts parts_;
    const Report report_;
    const Progress progress_;
    ResumeCounts counts_;
    std::uint64_t all_ = 0;
    std::deque<leads::ResumeReference> waiting_;  ///< of one page
    int failures_in_a_row_ = 0;
    std::exception_ptr failure_;
};

}  // namespace

awaitable<ResumeCounts> copy_resumes(ResumeCopyParts parts, Report report, Progress progress) {
    ResumeCopy copy_of(std::move(parts), std::move(report), std::move(progress));
    co_return co_await copy_of.run();
}

awaitable<std::uint64_t> count_resumes_elsewhere(db::Database& db) {
    static constexpr std::string_view count = "SELECT count(*) FROM leads WHERE resume_path LIKE 'https://%'";
    const db::Rows rows = co_await db.search(db::sql(count));
    co_return rows.front().get<std::uint64_t>(0);
}

}  // namespace alma::takeover
