#include "app/secret_key.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace alma::app {
namespace {

class SecretKeyTest : public ::testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directory(directory); }
    void TearDown() override { std::filesystem::remove_all(directory); }
    const std::filesystem::path directory =
        std::filesystem::temp_directory_path() / fmt::format("secret-key-test-{}", ::getpid());
};

TEST_F(SecretKeyTest, IsMadeOnceAndKept) {
    const std::string key = load_or_make_secret_key(directory);
    EXPECT_EQ(key.size(), 64U);
    EXPECT_EQ(load_or_make_secret_key(directory), key);
}

TEST_F(SecretKeyTest, TwoKeysDiffer) {
    const std::string key = load_or_make_secret_key(directory);
    std::filesystem::remove(directory / "secret.key");
    EXPECT_NE(load_or_make_secret_key(directory), key);
}

TEST_F(SecretKeyTest, OnlyItsOwnerMayReadIt) {
    load_or_make_secret_key(directory);
    struct stat status{};
    ASSERT_EQ(::stat((directory / "secret.key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_FALSE(std::filesystem::exists(directory / "secret.key.new"));
}

TEST_F(SecretKeyTest, AKeyThatOthersMayReadIsUsedWithAWarning) {
    load_or_make_secret_key(directory);
    for (const int mode : {0640, 0604, 0600}) {
        ASSERT_EQ(::chmod((directory / "secret.key").c_str(), static_cast<mode_t>(mode)), 0);
        ::testing::internal::CaptureStdout();
        load_or_make_secret_key(directory);
        log::flush();
        EXPECT_EQ(::testing::internal::GetCapturedStdout().contains("chmod 600"), mode != 0600) << mode;
    }
}

TEST_F(SecretKeyTest, ALeftoverDraftOfAKilledProcessIsReplaced) {
    std::ofstream(directory / "secret.key.new") << "half";
    EXPECT_EQ(load_or_make_secret_key(directory).size(), 64U);
}

TEST_F(SecretKeyTest, AShortOrEmptyFileIsRefused) {
    std::ofstream(directory / "secret.key") << std::string(31, 'k') << "\n";
    EXPECT_THROW(load_or_make_secret_key(directory), Error);
    std::ofstream(directory / "secret.key") << std::string(32, 'k') << "\n";
    EXPECT_EQ(load_or_make_secret_key(directory), std::string(32, 'k'));
}

// RFC 4231 section 4.3, test case 2.
TEST(DeriveKey, IsHmacSha256) {
    EXPECT_EQ(derive_key("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace alma::app
