#include "users/invitations.hpp"

#include "auth/password.hpp"
#include "auth/session_store.hpp"
#include "base/error.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/test_database.hpp"
#include "users/accounts.hpp"

#include <gtest/gtest.h>

namespace alma::users {
namespace {

using namespace std::chrono_literals;

const audit::Actor somebody{.kind = audit::ActorKind::command_line};

class InvitationsTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    WorkerPool passwords{"passwords", 2, 16};
    const std::string key = "a key of thirty-two bytes or more";
    int woken = 0;
    Invitations invitations{
        *database, passwords, {.public_base_url = "https://leads.example", .key = key}, clock, [this] {
            ++woken;
        }};
    Accounts accounts{*database, passwords, clock};

    template <class T>
    static std::string refusal_of(awaitable<T> task, ErrorKind kind = ErrorKind::invalid) {
        try {
            run(std::move(task));
            return "no refusal";
        } catch (const Error& refusal) {
            EXPECT_EQ(refusal.kind(), kind) << refusal.detail();
            return refusal.detail();
        }
    }
    /// The tokens of all links, oldest first: what the mails say.
    std::vector<std::string> tokens() {
        const db::Rows rows =
            run(database->search(db::sql("SELECT id FROM account_links ORDER BY created_at")));
        std::vector<std::string> tokens;
        for (std::size_t i = 0; i < rows.size(); ++i)
            tokens.push_back(mail::link_token(key, rows[i].get<Uuid>(0)));
        return tokens;
    }
    std::int64_t count(std::string_view select) { return select_number(*database, select); }
    std::string stored_hash() {
        return run(database->read(db::sql("SELECT hashed_password FROM users"))).front().get<std::string>(0);
    }
};

TEST_F(InvitationsTest, WhoIsInvitedChoosesThePassword) {
    const Account account = run(invitations.invite("Ann@law.example", "ADMIN", somebody));
    EXPECT_TRUE(account.is_invited);
    EXPECT_TRUE(account.is_active);
    EXPECT_EQ(account.role, http::Role::admin);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(count("SELECT count(*) FROM outbox WHERE kind = 'INVITATION'"), 1);
    const std::string token = tokens().at(0);
    EXPECT_TRUE(run(invitations.is_valid(token)));
    EXPECT_TRUE(run(invitations.use(token, "correct horse")));
    EXPECT_FALSE(run(accounts.list()).at(0).is_invited);
    EXPECT_EQ(auth::verify_password("correct horse", stored_hash()), auth::PasswordCheck::right);
}

TEST_F(InvitationsTest, NothingOpensAnAccountThatWasOnlyInvited) {
    run(invitations.invite("ann@law.example", "ATTORNEY", somebody));
    for (const char* password : {"", " ", "correct horse"})
        EXPECT_EQ(auth::verify_password(password, stored_hash()), auth::PasswordCheck::wrong);
}

TEST_F(InvitationsTest, RefusesWhatCannotBeInvited) {
    insert_user(*database, {.email = "ann@law.example", .is_active = false});
    EXPECT_EQ(refusal_of(invitations.invite("nonsense", "ATTORNEY", somebody)), "Invalid email format");
    EXPECT_EQ(refusal_of(invitations.invite("ANN@law.example", "ATTORNEY", somebody)),
              "Email already exists");
    EXPECT_EQ(refusal_of(invitations.invite("bob@law.example", "LAWYER", somebody)),
              "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
    EXPECT_EQ(count("SELECT count(*) FROM account_links"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM audit_pending"), 0);
    EXPECT_EQ(woken, 0);
}

TEST_F(InvitationsTest, WithoutABaseUrlNothingIsDone) {
    Invitations unlinked(*database, passwords, {.public_base_url = "", .key = key}, clock, [] {});
    EXPECT_NE(refusal_of(unlinked.invite("ann@law.example", "ATTORNEY", somebody)).find("PUBLIC_BASE_URL"),
              std::string::npos);
    EXPECT_NE(refusal_of(unlinked.ask_reset("ann@law.example")).find("PUBLIC_BASE_URL"), std::string::npos);
    EXPECT_EQ(count("SELECT count(*) FROM users"), 0);
}

TEST_F(InvitationsTest, AnotherInvitationTakesThePlaceOfTheFirst) {
    const std::int64_t id = run(invitations.invite("ann@law.example", "ATTORNEY", somebody)).id;
    const std::string first = tokens().at(0);
    run(invitations.invite_again(run(invitations.find_invited(id)), somebody));
    ASSERT_EQ(tokens().size(), 1u);
    EXPECT_FALSE(run(invitations.is_valid(first)));
    EXPECT_EQ(count("SELECT count(*) FROM outbox"), 1) << "the mail with the link that is over is gone, too";
    EXPECT_TRUE(run(invitations.use(tokens().at(0), "correct horse")));
    EXPECT_EQ(refusal_of(invitations.find_invited(id)), "User is not invited any more");
    EXPECT_EQ(refusal_of(invitations.find_invited(4711), ErrorKind::not_found), "User not found");
}

TEST_F(InvitationsTest, WhoIsLockedGetsNoInvitation) {
    const std::int64_t id = run(invitations.invite("ann@law.example", "ATTORNEY", somebody)).id;
    const std::string token = tokens().at(0);
    run(accounts.set_active("ann@law.example", false, somebody));
    EXPECT_FALSE(run(invitations.is_valid(token)));
    EXPECT_FALSE(run(invitations.use(token, "correct horse")));
    EXPECT_EQ(refusal_of(invitations.find_invited(id)), "User is not active");
}

class PasswordResetTest : public InvitationsTest {
protected:
    const std::int64_t ann = insert_user(*database, {.email = "ann@law.example"});

    std::string ask() {
        run(invitations.ask_reset("Ann@Law.example"));
        return tokens().back();
    }
};

TEST_F(PasswordResetTest, ALinkWorksOnce) {
    const std::string token = ask();
    EXPECT_EQ(count("SELECT count(*) FROM outbox WHERE kind = 'PASSWORD_RESET'"), 1);
    EXPECT_TRUE(run(invitations.use(token, "correct horse")));
    EXPECT_FALSE(run(invitations.is_valid(token)));
    EXPECT_FALSE(run(invitations.use(token, "another password")));
    EXPECT_EQ(auth::verify_password("correct horse", stored_hash()), auth::PasswordCheck::right);
}

TEST_F(PasswordResetTest, OfParallelUsesOneSucceeds) {
    const std::string token = ask();
    std::vector<awaitable<bool>> uses;
    for (int i = 0; i < 8; ++i)
        uses.push_back(invitations.use(token, fmt::format("correct horse {}", i)));
    int succeeded = 0;
    for (const auto& outcome : run_all(std::move(uses)))
        succeeded += outcome.value() ? 1 : 0;
    EXPECT_EQ(succeeded, 1);
    EXPECT_EQ(count("SELECT count(*) FROM audit_pending WHERE action = 'PASSWORD_RESET_USED'"), 1);
}

TEST_F(PasswordResetTest, OfParallelUsesOfTwoLinksOneSucceeds) {
    ask();
    clock.advance(1s);
    ask();
    std::vector<awaitable<bool>> uses;
    for (const std::string& token : tokens())
        uses.push_back(invitations.use(token, "correct horse"));
    int succeeded = 0;
    for (const auto& outcome : run_all(std::move(uses)))
        succeeded += outcome.value() ? 1 : 0;
    EXPECT_EQ(succeeded, 1);
}

TEST_F(PasswordResetTest, EarlierLinksGoOnUntilOneIsUsed) {
    const std::string first = ask();
    clock.advance(1min);
    const std::string second = ask();
    EXPECT_TRUE(run(invitations.is_valid(first)));
    EXPECT_TRUE(run(invitations.use(first, "correct horse")));
    EXPECT_FALSE(run(invitations.is_valid(second)));
}

TEST_F(PasswordResetTest, ALinkEndsAfterAnHour) {
    const std::string token = ask();
    clock.advance(1h - 1us);
    EXPECT_TRUE(run(invitations.is_valid(token)));
    clock.advance(1us);
    EXPECT_FALSE(run(invitations.is_valid(token)));
    EXPECT_FALSE(run(invitations.use(token, "correct horse")));
}

TEST_F(PasswordResetTest, ALinkEndsWithAnotherPassword) {
    const std::string first = ask();
    run(accounts.set_password("ann@law.example", "another password", somebody));
    EXPECT_FALSE(run(invitations.is_valid(first)));
    clock.advance(1s);
    const std::string second = ask();
    run(accounts.change_own_password({.id = ann, .email = {}, .issued_at = clock.now()}, "a third password",
                                     std::nullopt));
    EXPECT_FALSE(run(invitations.is_valid(second)));
}

TEST_F(PasswordResetTest, ItsUseEndsSessionsAndTokens) {
    const Instant second = std::chrono::floor<std::chrono::seconds>(clock.now());
    const std::string session =
        run(auth::start_session(*database, {.id = ann, .email = {}, .issued_at = second}, std::nullopt,
                                clock.now()))
            .value()
            .id;
    run(invitations.use(ask(), "correct horse"));
    EXPECT_FALSE(run(auth::find_session(*database, session, clock.now())));
    EXPECT_FALSE(run(auth::start_session(*database, {.id = ann, .email = {}, .issued_at = second},
                                         std::nullopt, clock.now())));
}

TEST_F(PasswordResetTest, WhoIsUnknownOrLockedGetsNone) {
    insert_user(*database, {.email = "old@law.example", .is_active = false});
    for (const char* email : {"nobody@law.example", "old@law.example", "nonsense", ""})
        run(invitations.ask_reset(email));
    EXPECT_EQ(count("SELECT count(*) FROM account_links"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM outbox"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM audit_pending WHERE action = 'PASSWORD_RESET_ASKED'"), 4);
}

TEST_F(PasswordResetTest, WhatIsNoTokenOpensNothing) {
    const std::string token = ask();
    for (const std::string& other :
         {std::string(), token + "x", token.substr(1), mail::link_token_hash(token), std::string("%")}) {
        EXPECT_FALSE(run(invitations.is_valid(other)));
        EXPECT_FALSE(run(invitations.use(other, "correct horse")));
    }
}

TEST_F(PasswordResetTest, ANewLinkClearsAwayWhatIsOverAHundredAtATime) {
    for (int i = 0; i < 150; ++i)
        run(database->write(db::sql(R"(
            INSERT INTO account_links (id, user_id, kind, token_hash, created_at, ends_at)
            VALUES ($1, $2, 'PASSWORD_RESET', $3, $4, $4))",
                                    random_uuid(), ann, std::to_string(i), clock.now())));
    ask();
    EXPECT_EQ(count("SELECT count(*) FROM account_links"), 51);
}

TEST_F(PasswordResetTest, APasswordThatIsNoneIsRefused) {
    const std::string token = ask();
    EXPECT_EQ(refusal_of(invitations.use(token, "short")), "A password must have 8 to 128 characters");
    EXPECT_TRUE(run(invitations.is_valid(token)));
}

TEST_F(PasswordResetTest, EachStepIsInTheAuditLog) {
    run(invitations.use(ask(), "correct horse"));
    run(invitations.invite("bob@law.example", "ATTORNEY", somebody));
    run(invitations.use(tokens().back(), "correct horse"));
    const db::Rows rows =
        run(database->search(db::sql("SELECT action, actor_kind, coalesce(actor_id, 0), user_id, details "
                                     "FROM audit_pending ORDER BY id")));
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < rows.size(); ++i)
        entries.push_back(fmt::format("{} {} {} {} {}", rows[i].get<std::string>(0),
                                      rows[i].get<std::string>(1), rows[i].get<std::int64_t>(2),
                                      rows[i].get<std::int64_t>(3), rows[i].get<std::string>(4)));
    EXPECT_EQ(entries,
              (std::vector<std::string>{
                  "PASSWORD_RESET_ASKED ANONYMOUS 0 1 {}", "PASSWORD_RESET_USED USER 1 1 {}",
                  R"(USER_INVITED COMMAND_LINE 0 2 {"role":"ATTORNEY"})", "INVITATION_USED USER 2 2 {}"}));
}

}  // namespace
}  // namespace alma::users
