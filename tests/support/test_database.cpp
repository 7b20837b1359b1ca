#include "support/test_database.hpp"

#include "db/postgresql/postgresql_database.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "support/postgresql_server.hpp"
#include "support/temporary_directory.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace alma {

Engine chosen_engine() {
    const char* name = std::getenv("ALMA_TEST_ENGINE");
    if (name == nullptr || std::string_view(name) == "sqlite") return Engine::sqlite;
    if (std::string_view(name) == "postgresql") return Engine::postgresql;
    throw std::runtime_error("ALMA_TEST_ENGINE is sqlite or postgresql");
}

/// Where the database lies.
class TestDatabase::Place {
public:
    virtual ~Place() = default;
    virtual std::unique_ptr<db::Database> open() = 0;

    class Sqlite;
    class Postgresql;
};

class TestDatabase::Place::Sqlite final : public Place {
public:
    std::unique_ptr<db::Database> open() override {
        const std::filesystem::path file = directory_ / "leads.db";
        db::migrate_up(*db::sqlite_migration_target(file), db::sqlite_migrations(), SystemClock());
        return std::make_unique<db::SqliteDatabase>(db::SqliteConfig{.file = file});
    }

private:
    TemporaryDirectory directory_;
};

class TestDatabase::Place::Postgresql final : public Place {
public:
    std::unique_ptr<db::Database> open() override {
        db::migrate_up(*db::postgresql_migration_target(database_.uri()), db::postgresql_migrations(),
                       SystemClock());
        return std::make_unique<db::PostgresqlDatabase>(db::PostgresqlConfig{.uri = database_.uri()});
    }

private:
    TemporaryPostgresqlDatabase database_;
};

TestDatabase::TestDatabase(Engine engine) {
    if (engine == Engine::sqlite) {
        place_ = std::make_unique<Place::Sqlite>();
    } else {
        place_ = std::make_unique<Place::Postgresql>();
    }
    database_ = place_->open();
}

TestDatabase::~TestDatabase() = default;

}  // namespace alma
