#include "leads/resume_type.hpp"

#include <gtest/gtest.h>

namespace alma::leads {
namespace {

TEST(ResumeType, FollowsFromTheExtensionInAnyCase) {
    EXPECT_EQ(resume_type_of("a.pdf"), ResumeType::pdf);
    EXPECT_EQ(resume_type_of("a.Doc"), ResumeType::doc);
    EXPECT_EQ(resume_type_of("a.DOCX"), ResumeType::docx);
    EXPECT_EQ(resume_type_of("a.b.txt"), ResumeType::txt);
    EXPECT_EQ(resume_type_of("a.rTf"), ResumeType::rtf);
}

TEST(ResumeType, OtherExtensionsHaveNone) {
    for (const char* name : {"a.exe", "a.pdf.exe", "a", "pdf", "a.pdfx", "a.", "a.docm", "a.pdf "}) {
        EXPECT_FALSE(resume_type_of(name)) << name;
    }
}

TEST(ResumeType, OneOfOursMayBeDeclaredWhateverItsParameters) {
    for (const char* type :
         {"application/pdf", "APPLICATION/PDF", "application/msword", "application/rtf", "text/rtf",
          "text/plain", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "text/plain; charset=utf-8", "text/plain;charset=iso-8859-1", " text/plain ; format=flowed",
          "application/octet-stream", "", " "}) {
        EXPECT_TRUE(is_acceptable_declared_type(type)) << type;
    }
}

TEST(ResumeType, NoOtherTypeMayBeDeclared) {
    for (const char* type : {"image/png", "text/html", "application/zip", "application/x-msdownload", "text",
                             "*/*", "application/pdfx", "text/plain, text/html"}) {
        EXPECT_FALSE(is_acceptable_declared_type(type)) << type;
    }
}

TEST(ResumeType, HasTheMediaTypeOfTheReference) {
    EXPECT_EQ(media_type_of(ResumeType::pdf), "application/pdf");
    EXPECT_EQ(media_type_of(ResumeType::doc), "application/msword");
    EXPECT_EQ(media_type_of(ResumeType::rtf), "application/rtf");
    EXPECT_EQ(media_type_of(ResumeType::txt), "text/plain");
}

}  // namespace
}  // namespace alma::leads
