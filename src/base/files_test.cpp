#include "base/files.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace alma {
namespace {

void fail_with(int cause) {
    errno = cause;
    fail_with_errno("write a file");
}

TEST(Files, AFullDiskIsRefusedEachTimeAndToldOnceInAWhile) {
    testing::internal::CaptureStdout();
    for (int times = 0; times < 3; ++times) {
        EXPECT_THROW(fail_with(ENOSPC), Error);
        EXPECT_THROW(fail_with(EDQUOT), Error);
    }
    log::flush();
    const std::string said = testing::internal::GetCapturedStdout();
    EXPECT_LE(std::ranges::count(said, '\n'), 1) << said;
}

TEST(Files, AnotherFailureIsTheSystems) {
    EXPECT_THROW(fail_with(EACCES), std::system_error);
}

}  // namespace
}  // namespace alma
