/// Claims of several instances that share an outbox.
#include "db/postgresql/postgresql_session.hpp"
#include "mail/outbox_store.hpp"
#include "support/mail_rows.hpp"
#include "support/postgresql_instances.hpp"

#include <gtest/gtest.h>

#include <set>

namespace alma::mail {
namespace {

class PostgresqlOutboxTest : public testing::Test {
protected:
    static constexpr std::size_t count = 4;
    const Instant now = SystemClock().now();
    PostgresqlInstances instances{count};
};

TEST_F(PostgresqlOutboxTest, EachMailIsClaimedByOneInstanceAndNoneBeyondTheLimit) {
    for (int i = 0; i < 50; ++i)
        add_lead(instances[0], now);
    std::multiset<std::int64_t> claimed;
    asio::io_context loop;
    for (std::size_t i = 0; i < count; ++i) {
        for (int call = 0; call < 5; ++call) {
            asio::co_spawn(loop,
                           claim_due(instances[i], std::to_string(i) + "#" + std::to_string(call), now,
                                     now + std::chrono::seconds(60), 5),
                           [&](std::exception_ptr failure, const std::vector<ClaimedMail>& mails) {
                               EXPECT_FALSE(failure);
                               EXPECT_EQ(mails.size(), 5u);
                               for (const ClaimedMail& mail : mails)
                                   claimed.insert(mail.id);
                           });
        }
    }
    loop.run();
    EXPECT_EQ(claimed.size(), 100u);
    EXPECT_EQ(std::set(claimed.begin(), claimed.end()).size(), 100u);
}

TEST_F(PostgresqlOutboxTest, AClaimWaitsForNobody) {
    add_lead(instances[0], now);
    const auto first = run(claim_due(instances[0], "first", now, now + std::chrono::seconds(60), 1));
    ASSERT_EQ(first.size(), 1u);
    const db::PostgresqlSession session(PQconnectdb(instances.place().uri().c_str()));
    const db::PostgresqlResult locked(PQexec(session.get(), "BEGIN; SELECT id FROM outbox FOR UPDATE"));
    ASSERT_EQ(PQntuples(locked.get()), 2);
    EXPECT_TRUE(run(claim_due(instances[1], "second", now, now + std::chrono::seconds(60), 2)).empty());
}

}  // namespace
}  // namespace alma::mail
