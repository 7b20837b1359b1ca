#include "takeover/mapping.hpp"

#include "leads/file_name.hpp"
#include "storage/object_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::takeover {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* uuid = "550e8400-e29b-41d4-a716-446655440000";
constexpr const char* url =
    "https://firm-resumes.s3.eu-central-1.amazonaws.com/5e3f0c1a-7d0b-4a55-9a55-0d2f9c1b7e11.pdf";
// Of passlib: "secret", with its own parameters.
constexpr const char* hash =
    "$argon2id$v=19$m=65536,t=3,p=4$"
    "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
const Instant now = *parse_instant("2026-01-02T03:04:05.000006");

OriginalUser a_user() {
    return {.id = 7,
            .email = "Ann@Firm.example",
            .hashed_password = hash,
            .role = "ADMIN",
            .is_active = "TRUE",
            .created_at = "2025-09-26 19:42:27.248539",
            .updated_at = "2025-09-26 19:42:27.248544"};
}

OriginalLead a_lead() {
    return {.id = 5,
            .uuid = uuid,
            .first_name = "John",
            .last_name = "Doe",
            .email = "john@example.com",
            .resume_path = url,
            .status = "REACHED_OUT",
            .created_at = "2025-09-26 19:42:27.248539",
            .updated_at = "2025-09-26 19:42:27"};
}

OriginalFailedEmail a_failed_email() {
    return {.id = 3,
            .lead_uuid = uuid,
            .lead_name = "John Doe",
            .lead_email = "john@example.com",
            .attorney_emails = R"(["ann@firm.example", "bob@firm.example"])",
            .error_message = "SMTPAuthenticationError: (535, '5.7.8')",
            .status = "FAILED",
            .created_at = "2025-09-26 14:09:27.248539",
            .updated_at = std::nullopt};
}

LeadWithResume taken(const OriginalLead& lead) {
    return map_lead(lead, now, {}).value().row;
}
std::vector<std::string> changes(const OriginalLead& lead) {
    return map_lead(lead, now, {}).value().changes;
}

TEST(TakeoverUser, KeepsPasswordRoleStateAndTimes) {
    const Mapped<User> mapped = map_user(a_user(), now).value();
    EXPECT_EQ(mapped.row.email, "Ann@Firm.example");
    EXPECT_EQ(mapped.row.email_folded, "ann@firm.example");
    EXPECT_EQ(mapped.row.hashed_password, hash);
    EXPECT_EQ(mapped.row.role, http::Role::admin);
    EXPECT_TRUE(mapped.row.is_active);
    EXPECT_EQ(to_text(mapped.row.created_at), "2025-09-26T19:42:27.248539");
    EXPECT_EQ(to_text(mapped.row.updated_at), "2025-09-26T19:42:27.248544");
    EXPECT_THAT(mapped.changes, IsEmpty());
}

TEST(TakeoverUser, LabelsOfTheStateMayBeInEitherCase) {
    OriginalUser user = a_user();
    for (const auto& [label, is_active] :
         {std::pair("TRUE", true), {"true", true}, {"FALSE", false}, {"false", false}}) {
        user.is_active = label;
        EXPECT_EQ(map_user(user, now).value().row.is_active, is_active) << label;
    }
}

TEST(TakeoverUser, AnUnknownStateIsALockedAccountThatIsTold) {
    OriginalUser user = a_user();
    for (const OriginalText& state : {OriginalText(), OriginalText("SUSPENDED")}) {
        user.is_active = state;
        const Mapped<User> mapped = map_user(user, now).value();
        EXPECT_FALSE(mapped.row.is_active);
        EXPECT_THAT(mapped.changes, ElementsAre(HasSubstr("user activate")));
    }
}

TEST(TakeoverUser, AnUnknownRoleIsRefused) {
    OriginalUser user = a_user();
    user.role = "SUPERUSER";
    EXPECT_THAT(map_user(user, now).error(), AllOf(HasSubstr("SUPERUSER"), HasSubstr("Ann@Firm.example")));
    user.role = std::nullopt;
    EXPECT_THAT(map_user(user, now).error(), HasSubstr("empty"));
}

TEST(TakeoverUser, AnAddressThatIsNoneCanStillLogIn) {
    OriginalUser user = a_user();
    user.email = "admin";
    const Mapped<User> mapped = map_user(user, now).value();
    EXPECT_EQ(mapped.row.email, "admin");
    EXPECT_THAT(mapped.changes, ElementsAre(HasSubstr("no mail reaches it")));
}

TEST(TakeoverUser, WhatNobodyCouldLogInWithIsRefused) {
    OriginalUser user = a_user();
    for (const OriginalText& email : {OriginalText(), OriginalText(""), OriginalText("a\nb@c.d"),
                                      OriginalText(std::string(255, 'a')), OriginalText("\xff@c.d")}) {
        user.email = email;
        EXPECT_THAT(map_user(user, now).error(), HasSubstr("user create"));
    }
}

TEST(TakeoverUser, APasswordThatIsNotArgon2sNeedsANewOne) {
    OriginalUser user = a_user();
    for (const OriginalText& other :
         {OriginalText(), OriginalText("$2b$12$abc"), OriginalText(std::string(1001, 'x')),
          OriginalText("$argon2id$v=19$m=999999,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")}) {
        user.hashed_password = other;
        const Mapped<User> mapped = map_user(user, now).value();
        EXPECT_EQ(mapped.row.hashed_password, "!");
        EXPECT_THAT(mapped.changes, ElementsAre(HasSubstr("set-password")));
    }
}

TEST(TakeoverLead, KeepsUuidNamesStatusAndTimes) {
    const LeadWithResume mapped = taken(a_lead());
    EXPECT_EQ(to_text(mapped.lead.uuid), uuid);
    EXPECT_EQ(mapped.lead.first_name, "John");
    EXPECT_EQ(mapped.lead.last_name, "Doe");
    EXPECT_EQ(mapped.lead.email, "john@example.com");
    EXPECT_EQ(mapped.lead.status, leads::LeadStatus::reached_out);
    EXPECT_EQ(to_text(mapped.lead.created_at), "2025-09-26T19:42:27.248539");
    EXPECT_EQ(to_text(mapped.lead.updated_at), "2025-09-26T19:42:27.000000");
    EXPECT_THAT(changes(a_lead()), IsEmpty());
}

TEST(TakeoverLead, ItsResumeIsWhereItWasAndNamedAfterTheLead) {
    const LeadWithResume mapped = taken(a_lead());
    EXPECT_EQ(mapped.resume.path, url);
    EXPECT_FALSE(storage::is_valid_key(mapped.resume.path));
    EXPECT_EQ(mapped.resume.name, "John Doe.pdf");
    EXPECT_EQ(mapped.resume.type, "application/pdf");
    EXPECT_EQ(mapped.resume.size, 0);
}

TEST(TakeoverLead, TheTypeIsThatOfTheExtensionAlone) {
    OriginalLead lead = a_lead();
    for (const auto& [key, type] : {std::pair("a.RTF", "application/rtf"),
                                    {"a.txt", "text/plain"},
                                    {"a.html", "application/octet-stream"},
                                    {"a", "application/octet-stream"}}) {
        lead.resume_path = std::string("https://firm.s3.eu-central-1.amazonaws.com/") + key;
        EXPECT_EQ(taken(lead).resume.type, type) << key;
    }
}

TEST(TakeoverLead, AnyEmailIsTakenAsItIs) {
    OriginalLead lead = a_lead();
    for (const char* email : {"a@b.c d", "", "@", "no address", "ŁUKASZ@example.com"}) {
        lead.email = email;
        EXPECT_EQ(taken(lead).lead.email, email);
        EXPECT_THAT(changes(lead), IsEmpty());
    }
}

TEST(TakeoverLead, WhatCouldForgeALineIsReplacedAndTold) {
    OriginalLead lead = a_lead();
    lead.first_name = "Ann\r\nBcc: x";
    lead.last_name = "\xff";
    EXPECT_EQ(taken(lead).lead.first_name, "Ann  Bcc: x");
    EXPECT_EQ(taken(lead).lead.last_name, "\xef\xbf\xbd");
    EXPECT_THAT(changes(lead), ElementsAre(HasSubstr("first_name"), HasSubstr("last_name")));
}

TEST(TakeoverLead, ALongNameIsCutBetweenCharactersAndTold) {
    OriginalLead lead = a_lead();
    std::string name;
    for (std::size_t i = 0; i <= longest_text; ++i)
        name += "ł";
    lead.first_name = name;
    EXPECT_EQ(taken(lead).lead.first_name, name.substr(0, 2 * longest_text));
    EXPECT_THAT(changes(lead), ElementsAre(HasSubstr("cut after 1000")));
    lead.first_name = name.substr(0, 2 * longest_text);
    EXPECT_THAT(changes(lead), IsEmpty());
}

TEST(TakeoverLead, MissingTimesComeFromWhatIsKnown) {
    OriginalLead lead = a_lead();
    lead.updated_at = std::nullopt;
    EXPECT_EQ(taken(lead).lead.updated_at, taken(lead).lead.created_at);
    EXPECT_THAT(changes(lead), IsEmpty());

    lead = a_lead();
    lead.created_at = std::nullopt;
    EXPECT_EQ(to_text(taken(lead).lead.created_at), "2025-09-26T19:42:27.000000");
    EXPECT_THAT(changes(lead), ElementsAre(HasSubstr("which is updated_at")));

    lead.updated_at = std::nullopt;
    EXPECT_EQ(taken(lead).lead.created_at, now);
    EXPECT_EQ(taken(lead).lead.updated_at, now);
    EXPECT_THAT(changes(lead), ElementsAre(HasSubstr("time of the import")));

    lead.created_at = "infinity";
    lead.updated_at = "0044-03-15 12:00:00 BC";
    EXPECT_EQ(taken(lead).lead.created_at, now);
    EXPECT_THAT(changes(lead), ElementsAre(HasSubstr("infinity"), HasSubstr("BC")));
}

TEST(TakeoverLead, AnUnknownStatusIsPendingAndTold) {
    OriginalLead lead = a_lead();
    lead.status = "ARCHIVED";
    EXPECT_EQ(taken(lead).lead.status, leads::LeadStatus::pending);
    EXPECT_THAT(changes(lead), ElementsAre(HasSubstr("ARCHIVED")));
}

TEST(TakeoverLead, WithoutAPlaceOfItsResumeItIsRefusedWithWhatToDo) {
    OriginalLead lead = a_lead();
    for (const OriginalText& path : {OriginalText(), OriginalText(""), OriginalText("ab/ab12"),
                                     OriginalText("https://evil.example/resume.pdf")}) {
        lead.resume_path = path;
        EXPECT_THAT(map_lead(lead, now, {}).error(), HasSubstr("https://BUCKET.s3.REGION.amazonaws.com/KEY"));
    }
    lead.resume_path = "https://firm.s3.None.amazonaws.com/a.pdf";
    EXPECT_THAT(map_lead(lead, now, {}).error(), HasSubstr("--region"));
    lead.uuid = "x";
    EXPECT_THAT(map_lead(lead, now, {}).error(), HasSubstr("uuid"));
}

TEST(TakeoverLead, AMovedBucketIsNamedByTheImport) {
    OriginalLead lead = a_lead();
    lead.resume_path = "https://firm.s3.None.amazonaws.com/a.pdf";
    const Relocation region{.bucket = std::nullopt, .region = "eu-west-1"};
    EXPECT_EQ(map_lead(lead, now, region).value().row.resume.path,
              "https://firm.s3.eu-west-1.amazonaws.com/a.pdf");
    const Relocation both{.bucket = "other", .region = "eu-west-1"};
    EXPECT_EQ(map_lead(lead, now, both).value().row.resume.path,
              "https://other.s3.eu-west-1.amazonaws.com/a.pdf");
}

TEST(TakeoverLead, WhatIsShownOfARowForgesNoLineOfTheReport) {
    OriginalLead lead = a_lead();
    lead.resume_path = "x\n\x1b[2Jrefused";
    const std::string reason = map_lead(lead, now, {}).error();
    EXPECT_FALSE(reason.contains('\n')) << reason;
    EXPECT_FALSE(reason.contains('\x1b')) << reason;
}

TEST(TakeoverFailedEmail, KeepsWhatAnAdminReads) {
    const Mapped<FailedEmail> mapped = map_failed_email(a_failed_email(), now).value();
    EXPECT_EQ(mapped.row.original_id, 3);
    EXPECT_EQ(to_text(mapped.row.lead), uuid);
    EXPECT_EQ(mapped.row.lead_name, "John Doe");
    EXPECT_EQ(mapped.row.lead_email, "john@example.com");
    EXPECT_EQ(mapped.row.attorney_emails, R"(["ann@firm.example","bob@firm.example"])");
    EXPECT_EQ(mapped.row.error_message, "SMTPAuthenticationError: (535, '5.7.8')");
    EXPECT_EQ(mapped.row.status, mail::FailedEmailStatus::failed);
    EXPECT_EQ(to_text(mapped.row.created_at), "2025-09-26T14:09:27.248539");
    EXPECT_THAT(mapped.changes, IsEmpty());
}

TEST(TakeoverFailedEmail, NoResendIsUnderWayAfterwards) {
    OriginalFailedEmail email = a_failed_email();
    email.status = "PENDING";
    EXPECT_EQ(map_failed_email(email, now).value().row.status, mail::FailedEmailStatus::failed);
    email.status = "SENT";
    EXPECT_EQ(map_failed_email(email, now).value().row.status, mail::FailedEmailStatus::sent);
    email.status = std::nullopt;
    EXPECT_THAT(map_failed_email(email, now).value().changes, ElementsAre(HasSubstr("FAILED is taken")));
}

TEST(TakeoverFailedEmail, AddressesThatAreNoListOfTextsAreLeftOutAndTold) {
    OriginalFailedEmail email = a_failed_email();
    for (const OriginalText& addresses :
         {OriginalText(), OriginalText("ann@firm.example"), OriginalText("[1]"), OriginalText("{}"),
          OriginalText(std::string(2000, '['))}) {
        email.attorney_emails = addresses;
        const Mapped<FailedEmail> mapped = map_failed_email(email, now).value();
        EXPECT_EQ(mapped.row.attorney_emails, "[]");
        EXPECT_THAT(mapped.changes, ElementsAre(HasSubstr("attorney_emails")));
    }
}

TEST(TakeoverFailedEmail, ATracebackBecomesOneLineOfBoundedLength) {
    OriginalFailedEmail email = a_failed_email();
    email.error_message = "Traceback:\n" + std::string(3000, 'x');
    const Mapped<FailedEmail> mapped = map_failed_email(email, now).value();
    EXPECT_THAT(mapped.row.error_message, testing::StartsWith("Traceback: xxx"));
    EXPECT_EQ(mapped.row.error_message.size(), longest_error_message);
    EXPECT_THAT(mapped.changes, IsEmpty());
}

TEST(TakeoverFailedEmail, OneWithoutALeadIsRefused) {
    OriginalFailedEmail email = a_failed_email();
    email.lead_uuid = std::nullopt;
    EXPECT_THAT(map_failed_email(email, now).error(), HasSubstr("no lead"));
}

TEST(TakeoverResumeName, IsASimpleFileNameWhateverTheLeadIsCalled) {
    const struct {
        std::string first;
        std::string last;
        const char* key;
        const char* name;
    } cases[] = {
        {"Ada", "King/Lovelace", "k.PDF", "Ada King_Lovelace.PDF"},
        {"张", "伟", "k.docx", "张 伟.docx"},
        {"", "", "k.pdf", "resume.pdf"},
        {"..", ".", "k.pdf", "resume.pdf"},
        {"a..b", "c.", "k.pdf", "a.b c.pdf"},
        {"x", "\r\n\"<>", "k.pdf", "x _____.pdf"},
        {"Ann", "Lee", "k", "Ann Lee"},
        {"Ann", "Lee", "k.p/d", "Ann Lee"},
        {"Ann", "Lee", "k.averyverylongextension", "Ann Lee"},
    };
    for (const auto& one : cases) {
        const std::string name = resume_name(one.first, one.last, one.key);
        EXPECT_EQ(name, one.name);
        EXPECT_TRUE(leads::is_simple_file_name(name)) << name;
    }
    std::string name;
    for (int i = 0; i < 400; ++i)
        name += "ł";
    EXPECT_TRUE(leads::is_simple_file_name(resume_name(name, name, "k.pdf")));
    EXPECT_TRUE(resume_name(name, name, "k.pdf").ends_with("ł.pdf"));
    EXPECT_TRUE(leads::is_simple_file_name(resume_name(std::string(250, 'a') + ".", "b", "k.pdf")));
}

}  // namespace
}  // namespace alma::takeover
