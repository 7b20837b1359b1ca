#include "base/log.hpp"

#include "base/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace alma::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class LogTest : public ::testing::Test {
protected:
    void SetUp() override { ::testing::internal::CaptureStdout(); }
    void TearDown() override { configure(Level::info, Format::text); }

    static std::string written() {
        flush();
        return ::testing::internal::GetCapturedStdout();
    }
};

TEST_F(LogTest, TextShowsTimeLevelEventAndFields) {
    configure(Level::info, Format::text);
    info("lead submitted", {{"bytes", 12}, {"type", "text/plain"}, {"is_new", true}});
    EXPECT_THAT(written(), EndsWith("Z info    lead submitted bytes=12 type=\"text/plain\" is_new=true\n"));
}

TEST_F(LogTest, JsonIsOneObjectALine) {
    configure(Level::info, Format::json);
    warning("slow", {{"seconds", 1.5}});
    EXPECT_THAT(written(),
                MatchesRegex("\\{\"time\":\"[-0-9T:.]+Z\",\"level\":\"warning\",\"event\":\"slow\","
                             "\"seconds\":1.5\\}\n"));
}

TEST_F(LogTest, NoValueForgesALine) {
    configure(Level::info, Format::text);
    info("request", {{"path", "/x\n2025-01-01 error forged"}});
    EXPECT_THAT(written(), HasSubstr("/x\\n2025-01-01 error forged\"\n"));
}

TEST_F(LogTest, NoValueSteersTheTerminal) {
    for (const Format format : {Format::text, Format::json}) {
        configure(Level::info, format);
        info("refused", {{"error", "\x1b[2J \u009b2J \x7f \u2028forged"}});
    }
    std::string log = written();
    EXPECT_EQ(std::ranges::count(log, '\n'), 2);
    std::erase(log, '\n');
    EXPECT_FALSE(has_control_character(log)) << log;
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
    configure(Level::warning, Format::text);
    info("too fine");
    EXPECT_THAT(written(), IsEmpty());
}

TEST_F(LogTest, AnnouncementsPassEveryLevelAndCanBeCopied) {
    configure(Level::error, Format::text);
    announce("listening on http://127.0.0.1:8000");
    EXPECT_EQ(written(), "listening on http://127.0.0.1:8000\n");
}

TEST_F(LogTest, AnnouncementsAreEventsInJson) {
    configure(Level::error, Format::json);
    announce("ready");
    EXPECT_THAT(written(), HasSubstr("\"event\":\"ready\"}"));
}

}  // namespace
}  // namespace alma::log
