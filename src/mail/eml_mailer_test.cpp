#include "mail/eml_mailer.hpp"

#include "support/parsed_mail.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct EmlMailerTest : ::testing::Test {
    TemporaryDirectory directory;
    std::filesystem::path mails = directory.path() / "data" / "mail";
    WorkerPool files{"files", 1, 8};
    EmlMailer mailer{mails, "Firm <office@firm.example>", files};

    static Mail a_mail() {
        return {.message_id = "550e8400",
                .to = {"ann@law.example"},
                .reply_to = std::nullopt,
                .subject = "Grüße",
                .text = "Hello\n",
                .html = "<p>Hello</p>\n"};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(mails))
            found.push_back(entry.path().filename().string());
        return found;
    }
    std::string content(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(mails / name, std::ios::binary).rdbuf();
        return text.str();
    }
};

TEST_F(EmlMailerTest, WritesTheMailForItsOwnerAlone) {
    run(mailer.send(a_mail()));
    EXPECT_THAT(names(), ElementsAre("550e8400.eml"));
    const ParsedMail parsed = parse_mail(content("550e8400.eml"));
    EXPECT_THAT(parsed.to, ElementsAre("ann@law.example"));
    EXPECT_EQ(parsed.header("Subject"), "Grüße");
    EXPECT_EQ(parsed.header("Message-Id"), "<550e8400@firm.example>");
    struct stat status{};
    ASSERT_EQ(::stat((mails / "550e8400.eml").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(EmlMailerTest, AMailThatIsSentAgainReplacesItself) {
    run(mailer.send(a_mail()));
    Mail again = a_mail();
    again.text = "Hello again\n";
    run(mailer.send(std::move(again)));
    EXPECT_THAT(names(), ElementsAre("550e8400.eml"));
    EXPECT_EQ(parse_mail(content("550e8400.eml")).text, "Hello again\n");
}

TEST_F(EmlMailerTest, AMessageIdIsNoPath) {
    Mail mail = a_mail();
    mail.message_id = "../../etc/x.y";
    run(mailer.send(std::move(mail)));
    EXPECT_THAT(names(), ElementsAre("______etc_x_y.eml"));
}

TEST_F(EmlMailerTest, WhatAKilledProcessLeftUnfinishedIsRemovedAtTheStart) {
    for (const char* name : {".550e8400.eml.0f8fad5b-d9cb-469f-a165-70867728950e", "550e8400.eml",
                             ".notes.eml.txt", ".0f8fad5b-d9cb-469f-a165-70867728950e"})
        std::ofstream(mails / name) << "x";
    const EmlMailer restarted(mails, "Firm <office@firm.example>", files);
    EXPECT_THAT(names(), ::testing::UnorderedElementsAre("550e8400.eml", ".notes.eml.txt",
                                                         ".0f8fad5b-d9cb-469f-a165-70867728950e"));
}

TEST_F(EmlMailerTest, AFailureToWriteIsTemporaryAndLeavesNothing) {
    std::filesystem::create_directories(mails / "550e8400.eml" / "in the way");
    try {
        run(mailer.send(a_mail()));
        ADD_FAILURE() << "the mail was sent";
    } catch (const MailError& error) {
        EXPECT_FALSE(error.is_permanent());
        EXPECT_THAT(error.what(), HasSubstr("cannot be written"));
        EXPECT_THAT(error.what(), Not(HasSubstr(directory.path().string()))) << "admins read it";
    }
    EXPECT_THAT(names(), ElementsAre("550e8400.eml"));
}

}  // namespace
}  // namespace alma::mail
