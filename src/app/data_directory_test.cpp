#include "app/data_directory.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace alma::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class DataDirectoryTest : public ::testing::Test {
protected:
    void TearDown() override { std::filesystem::remove_all(path); }

    std::string complaint(std::chrono::milliseconds patience = 0ms) const {
        try {
            const DataDirectory second(path, path / "leads.db", "second", patience);
        } catch (const Error& error) {
            return error.detail();
        }
        return "";
    }

    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / fmt::format("data-directory-test-{}", ::getpid());
};

TEST_F(DataDirectoryTest, IsCreatedForItsOwnerAlone) {
    const DataDirectory directory(path / "deep" / "er", path / "deep" / "er" / "leads.db", "test", 0ms);
    struct stat status{};
    ASSERT_EQ(::stat((path / "deep" / "er").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(DataDirectoryTest, ASecondOwnerLearnsWhoTheFirstIsAndWhatToDo) {
    const DataDirectory first(path, path / "leads.db", "alma-leads serve", 0ms);
    EXPECT_THAT(complaint(),
                AllOf(HasSubstr(fmt::format("in use by process {} (alma-leads serve)", ::getpid())),
                      HasSubstr("Stop that process first")));
}

TEST_F(DataDirectoryTest, IsFreeAgainWhenTheOwnerIsGone) {
    {
        const DataDirectory first(path, path / "leads.db", "alma-leads serve", 0ms);
    }
    EXPECT_EQ(complaint(), "");
}

TEST_F(DataDirectoryTest, IsFreeAgainWhenTheOwnerWasKilled) {
    const pid_t child = ::fork();
    if (child == 0) {
        const DataDirectory first(path, path / "leads.db", "alma-leads serve", 0ms);
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(complaint(), "");
}

TEST_F(DataDirectoryTest, WaitsForAnOwnerThatIsAboutToLeave) {
    std::optional<DataDirectory> first(std::in_place, path, path / "leads.db", "alma-leads user create", 0ms);
    std::jthread leaving([&] {
        std::this_thread::sleep_for(50ms);
        first.reset();
    });
    EXPECT_EQ(complaint(10s), "");
}

TEST_F(DataDirectoryTest, ADatabaseElsewhereHasOneOwnerToo) {
    const std::filesystem::path database = path / "shared" / "leads.db";
    EXPECT_THROW(DataDirectory(path / "one", database, "alma-leads serve", 0ms), Error)
        << "no such directory";
    std::filesystem::create_directory(path / "shared");
    const DataDirectory first(path / "one", database, "alma-leads serve", 0ms);
    try {
        const DataDirectory second(path / "two", database, "alma-leads serve", 0ms);
        FAIL() << "the database has two owners";
    } catch (const Error& error) {
        EXPECT_THAT(error.detail(), HasSubstr("leads.db is in use by process"));
    }
}

TEST_F(DataDirectoryTest, ItsDatabaseIsTakenForAnotherDirectoryToo) {
    const std::filesystem::path database = path / "one" / "leads.db";
    const DataDirectory first(path / "one", database, "alma-leads serve", 0ms);
    EXPECT_THROW(DataDirectory(path / "two", database, "alma-leads user", 0ms), Error);
}

TEST_F(DataDirectoryTest, AFileIsNoDirectory) {
    std::ofstream(path) << "x";
    EXPECT_THAT(complaint(), HasSubstr("DATA_DIR"));
}

TEST_F(DataDirectoryTest, ALockThatIsALinkIsNotFollowed) {
    std::filesystem::create_directory(path);
    std::filesystem::create_symlink(path / "elsewhere", path / "lock");
    EXPECT_NE(complaint(), "");
    EXPECT_FALSE(std::filesystem::exists(path / "elsewhere"));
}

}  // namespace
}  // namespace alma::app
