#include "http/content_disposition.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

TEST(ContentDisposition, KeepsThePlainNameAsItIs) {
    EXPECT_EQ(attachment_named("my resume (2).pdf"), R"(attachment; filename="my resume (2).pdf")");
}

TEST(ContentDisposition, SendsOtherNamesInBothForms) {
    EXPECT_EQ(attachment_named("Łukasz.pdf"),
              "attachment; filename=\"_ukasz.pdf\"; filename*=UTF-8''%C5%81ukasz.pdf");
    EXPECT_EQ(attachment_named("张伟.pdf"),
              "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%BC%A0%E4%BC%9F.pdf");
    EXPECT_EQ(attachment_named("50%20\"off\".pdf"),
              "attachment; filename=\"50_20_off_.pdf\"; filename*=UTF-8''50%2520%22off%22.pdf");
}

TEST(ContentDisposition, CannotBeBrokenOutOf) {
    EXPECT_EQ(attachment_named("a\r\nSet-Cookie: x=1.pdf"),
              R"(attachment; filename="a__Set-Cookie: x=1.pdf")");
    EXPECT_EQ(attachment_named(std::string_view("a\0b", 3)), R"(attachment; filename="a_b")");
    EXPECT_EQ(attachment_named("../../etc\\passwd"), R"(attachment; filename=".._.._etc_passwd")");
    EXPECT_EQ(attachment_named(""), R"(attachment; filename="download")");
}

TEST(ContentDisposition, DoesNotTurnTheDirectionOfWriting) {
    EXPECT_EQ(attachment_named("cv\u202efdp.exe"), R"(attachment; filename="cv_fdp.exe")");
    EXPECT_EQ(attachment_named("cv\u200b.pdf"), R"(attachment; filename="cv_.pdf")");
    EXPECT_EQ(attachment_named("cv\u2062\U000e0041.pdf"), R"(attachment; filename="cv__.pdf")");
}

TEST(ContentDisposition, KeepsTheJoinersThatWordsAreSpeltWith) {
    EXPECT_EQ(attachment_named("a\u200cb\u200dc.pdf"),
              R"(attachment; filename="a_b_c.pdf"; filename*=UTF-8''a%E2%80%8Cb%E2%80%8Dc.pdf)");
}

TEST(ContentDisposition, MendsWhatIsNotUtf8) {
    EXPECT_EQ(attachment_named("cv\xff.pdf"),
              "attachment; filename=\"cv_.pdf\"; filename*=UTF-8''cv%EF%BF%BD.pdf");
}

}  // namespace
}  // namespace alma::http
