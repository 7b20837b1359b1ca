#include "takeover/resume_copy.hpp"

#include "base/error.hpp"
#include "storage/s3/s3_error.hpp"
#include "storage/s3/s3_location.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/pattern.hpp"
#include "support/run.hpp"
#include "support/s3_server.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::takeover {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ResumeCopyTest : public testing::Test {
protected:
    ~ResumeCopyTest() override { server.set_faults("{}"); }

    static storage::S3Config quick(storage::S3Config config) {
        config.max_attempts = 2;
        return config;
    }

    /// @return the lead's UUID
    std::string add_lead(const std::string& path) {
        const std::string uuid = to_text(random_uuid());
        run(database->write(db::sql(
            "INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, "
            "resume_size, created_at, updated_at) VALUES ($1, 'Ada', 'Lovelace', 'ada@example.com', $2, "
            "'Ada Lovelace.pdf', 'application/pdf', 0, $3, $3)",
            uuid, path, clock.now())));
        return uuid;
    }

    [[nodiscard]] std::string url_of(const std::string& key) const {
        return storage::to_url({.bucket = bucket.bucket, .region = bucket.region, .key = key});
    }

    void put(const std::string& key, std::string_view content) {
        storage::Spool spool(directory.path(), files);
        run(spool.append(content));
        storage::s3::Client client(bucket);
        storage::s3::Request request{
            .method = "PUT", .key = key, .body = std::make_shared<storage::s3::Upload>(spool)};
        run(client.send(std::move(request)));
    }

    ResumeCounts copy(std::uint64_t largest = 1'000'000) {
        findings.clear();
        ResumeCopyParts parts{.db = *database,
                              .from = from,
                              .to = own,
                              .keys = keys,
                              .spool_directory = directory.path(),
                              .files = files,
                              .largest = largest};
        const auto report = [this](const Finding& finding) {
            findings.push_back(
                fmt::format("{} {}: {}", to_text(finding.kind), *finding.lead, finding.reason));
        };
        return run(copy_resumes(std::move(parts), report, [](auto, auto, auto) {}));
    }

    std::string path_of(const std::string& lead) {
        return run(database->read(db::sql("SELECT resume_path FROM leads WHERE uuid = $1", lead)))
            .front()
            .get<std::string>(0);
    }

    S3Server& server = S3Server::shared();
    const storage::S3Config bucket = quick(server.new_bucket());
    TestDatabase database;
    ManualClock clock;
    TemporaryDirectory directory;
    WorkerPool files{"files", 2, 64};
    MemoryObjectStore own;
    storage::ObjectKeys keys{*database, clock, "this process"};
    storage::OtherBuckets from{bucket};
    std::vector<std::string> findings;
};

TEST_F(ResumeCopyTest, EveryResumeElsewhereBecomesOneOfOurs) {
    std::vector<std::string> imported;
    for (int i = 0; i < 20; ++i) {
        put(fmt::format("Key {}.PDF", i), pattern(static_cast<std::size_t>(i) * 30'000));
        imported.push_back(add_lead(url_of(fmt::format("Key {}.PDF", i))));
    }
    const std::string ours = add_lead("ab/ours");
    EXPECT_EQ(run(count_resumes_elsewhere(*database)), 20u);
    const ResumeCounts counts = copy();
    EXPECT_EQ(counts.copied, 20u);
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_EQ(run(count_resumes_elsewhere(*database)), 0u);
    for (std::size_t i = 0; i < imported.size(); ++i) {
        EXPECT_EQ(own.content(path_of(imported[i])) == pattern(i * 30'000), true);
        EXPECT_EQ(own.media_type(path_of(imported[i])), "application/pdf");
        EXPECT_EQ(select_number(*database, "SELECT resume_size FROM leads WHERE uuid = $1", imported[i]),
                  i * 30'000);
    }
    EXPECT_EQ(path_of(ours), "ab/ours");
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM upload_intents WHERE object_key = $1",
                            path_of(imported[0])),
              0)
        << "the sweeper must not take it";
    EXPECT_EQ(copy().copied, 0u);
    EXPECT_EQ(own.size(), 20u);
}

TEST_F(ResumeCopyTest, AMissingResumeIsReportedAndStaysWhereItShouldBe) {
    put("there.pdf", "there");
    const std::string gone = add_lead(url_of("gone.pdf"));
    add_lead(url_of("there.pdf"));
    const ResumeCounts counts = copy();
    EXPECT_EQ(counts.copied, 1u);
    EXPECT_EQ(counts.not_copied, 1u);
    EXPECT_THAT(findings, ElementsAre(AllOf(HasSubstr("NOT_COPIED " + gone), HasSubstr("does not exist"))));
    EXPECT_EQ(path_of(gone), url_of("gone.pdf"));
    put("gone.pdf", "back again");
    EXPECT_EQ(copy().copied, 1u);
    EXPECT_EQ(own.content(path_of(gone)), "back again");
}

TEST_F(ResumeCopyTest, ABucketThatCannotBeReadEndsItInTheEnd) {
    for (int i = 0; i < 100; ++i)
        add_lead("https://no-such-bucket.s3.us-east-1.amazonaws.com/a.pdf");
    EXPECT_THROW(copy(), storage::s3::S3Error);
    EXPECT_GE(findings.size(), 10u);
    EXPECT_LT(findings.size(), 40u);
    EXPECT_THAT(findings.front(), HasSubstr("no-such-bucket"));
}

TEST_F(ResumeCopyTest, AnOwnStoreThatTakesNothingEndsItAndLosesNothing) {
    put("a.pdf", "content");
    const std::string lead = add_lead(url_of("a.pdf"));
    own.down = true;
    EXPECT_THROW(copy(), Error);
    EXPECT_EQ(path_of(lead), url_of("a.pdf"));
    own.down = false;
    EXPECT_EQ(copy().copied, 1u);
}

TEST_F(ResumeCopyTest, ATooLargeResumeStaysWhereItIs) {
    put("large.pdf", pattern(300'001));
    put("largest.pdf", pattern(300'000));
    const std::string large = add_lead(url_of("large.pdf"));
    add_lead(url_of("largest.pdf"));
    EXPECT_EQ(copy(300'000).copied, 1u);
    EXPECT_THAT(findings, ElementsAre(AllOf(HasSubstr(large), HasSubstr("more than 300000 bytes"))));
    EXPECT_EQ(path_of(large), url_of("large.pdf"));
}

}  // namespace
}  // namespace alma::takeover
