#include "audit/chain.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::audit {
namespace {

db::Rows entry(const char* details = R"({"from":"PENDING","to":"REACHED_OUT"})") {
    db::Rows rows(hashed_columns);
    rows.add("7");
    rows.add("LEAD_STATUS_CHANGED");
    rows.add("USER");
    rows.add("3");
    rows.add("550e8400-e29b-41d4-a716-446655440000");
    rows.add_null();
    rows.add(details);
    rows.add("2025-09-26 19:42:27.2485");  // as PostgreSQL prints it
    return rows;
}

TEST(AuditChain, AHashIsThatOfTheDocumentedText) {
    // Of printf '%s' '["alma-leads audit 1","000...","1","7",...]' | sha256sum
    EXPECT_EQ(chained_hash(Head().hash, 1, entry().front()),
              "665fad45a5e16210648467d12ecb5723c5618b8895749c735deec671bf99522e");
}

TEST(AuditChain, AHashCoversPositionPredecessorAndContent) {
    const db::Rows row = entry();
    const std::string hash = chained_hash(Head().hash, 1, row.front());
    EXPECT_NE(chained_hash(Head().hash, 2, row.front()), hash);
    EXPECT_NE(chained_hash(hash, 1, row.front()), hash);
    EXPECT_NE(chained_hash(Head().hash, 1, entry("{}").front()), hash);
}

TEST(AuditChain, ANullIsNoText) {
    db::Rows with_text(hashed_columns);
    db::Rows with_null(hashed_columns);
    for (std::size_t i = 0; i < hashed_columns; ++i) {
        with_text.add("null");
        with_null.add_null();
    }
    EXPECT_NE(chained_hash("", 1, with_text.front()), chained_hash("", 1, with_null.front()));
}

TEST(AuditChain, AHeadIsReadAsItIsPrinted) {
    const Head head{.position = 1234, .hash = std::string(64, 'a')};
    EXPECT_EQ(parse_head(to_text(head)), head);
    EXPECT_EQ(parse_head("1234:" + std::string(64, 'A')), head);
    for (const std::string& text : std::initializer_list<std::string>{
             std::string(), "1234:" + std::string(63, 'a'), "1234:" + std::string(64, 'g'),
             "x:" + std::string(64, 'a'), "-1:" + std::string(64, 'a'), ":" + std::string(64, 'a'),
             "99999999999999999999:" + std::string(64, 'a')})
        EXPECT_FALSE(parse_head(text)) << text;
}

TEST(AuditChain, AnEmptyLogHasTheFirstHead) {
    TestDatabase database;
    EXPECT_EQ(run(read_head(*database)), Head());
}

}  // namespace
}  // namespace alma::audit
