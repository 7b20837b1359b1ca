#include "db/migrator.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::db {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Remembers what it was told, as a table would.
class MemoryTarget final : public MigrationTarget {
public:
    void lock() override { is_locked = true; }
    void unlock() override { is_locked = false; }
    std::vector<Applied> applied() override { return rows; }
    void apply(const Migration& migration, std::string_view checksum, Instant now) override {
        EXPECT_TRUE(is_locked);
        rows.push_back({migration.version, std::string(migration.name), std::string(checksum), now});
    }
    void revert(const Migration& migration) override {
        EXPECT_TRUE(is_locked);
        EXPECT_EQ(rows.back().version, migration.version);
        rows.pop_back();
    }

    bool is_locked = false;
    std::vector<Applied> rows;
};

constexpr Migration users{.version = 1, .name = "users", .up = "CREATE users", .down = "DROP users"};
constexpr Migration leads{.version = 2, .name = "leads", .up = "CREATE leads", .down = "DROP leads"};
constexpr Migration other_leads{.version = 2, .name = "leads", .up = "CREATE  leads", .down = "DROP leads"};
constexpr std::array all{users, leads};

std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict);
        return error.detail();
    }
    return "no refusal";
}

class MigratorTest : public testing::Test {
protected:
    std::vector<int> up(std::span<const Migration> migrations = all) {
        return migrate_up(target, migrations, clock);
    }

    MemoryTarget target;
    SystemClock clock;
};

TEST_F(MigratorTest, AppliesWhatIsPendingInOrderAndOnce) {
    EXPECT_THAT(up(std::span(all).first(1)), ElementsAre(1));
    EXPECT_THAT(up(), ElementsAre(2));
    EXPECT_THAT(up(), IsEmpty());
    EXPECT_FALSE(target.is_locked);
}

TEST_F(MigratorTest, ChecksumsAreSha256OfTheUpScript) {
    up();
    EXPECT_EQ(target.rows[0].checksum, "a56438cf0a3f40ce274ac39c43d35fee62687c848e84ef2174ba739bb116389d");
}

TEST_F(MigratorTest, GoesBackStepByStepAndNoFurtherThanTheBeginning) {
    up();
    EXPECT_THAT(migrate_down(target, all, 0), IsEmpty());
    EXPECT_THAT(migrate_down(target, all, 1), ElementsAre(2));
    EXPECT_THAT(migrate_down(target, all, 5), ElementsAre(1));
    EXPECT_THAT(migrate_down(target, all, 1), IsEmpty());
}

TEST_F(MigratorTest, RefusesANewerSchemaAndSaysHowToGoOn) {
    up();
    const auto known = std::span(all).first(1);
    EXPECT_THAT(refusal([&] { up(known); }), HasSubstr("schema version 2 (leads)"));
    EXPECT_THAT(refusal([&] { up(known); }), HasSubstr("alma-leads migrate down 1"));
    EXPECT_THAT(refusal([&] { migrate_down(target, known, 1); }), HasSubstr("newer"));
    EXPECT_EQ(target.rows.size(), 2u);
    EXPECT_FALSE(target.is_locked);
}

TEST_F(MigratorTest, RefusesAScriptThatChangedAfterItWasApplied) {
    up();
    const std::array altered{users, other_leads};
    EXPECT_THAT(refusal([&] { up(altered); }), HasSubstr("Migration 0002 (leads)"));
    EXPECT_THAT(refusal([&] { migrate_down(target, altered, 1); }), HasSubstr("restore its script"));
    EXPECT_EQ(target.rows.size(), 2u);
}

TEST_F(MigratorTest, TheStatusNamesWhatIsAppliedPendingAndUnknown) {
    up(std::span(all).first(1));
    std::vector<MigrationStatus> status = migration_status(target, all);
    ASSERT_EQ(status.size(), 2u);
    EXPECT_TRUE(status[0].applied_at);
    EXPECT_EQ(status[1].name, "leads");
    EXPECT_FALSE(status[1].applied_at);

    up();
    status = migration_status(target, std::span(all).first(1));
    ASSERT_EQ(status.size(), 2u);
    EXPECT_TRUE(status[1].applied_at);
}

}  // namespace
}  // namespace alma::db
