/// A fresh database with the product's schema, gone with its test: on SQLite, or on PostgreSQL.
#pragma once

#include "db/database.hpp"

#include <memory>
#include <ostream>
#include <string>

namespace alma {

enum class Engine { sqlite, postgresql };
/// For GoogleTest's names of tests.
inline void PrintTo(Engine engine, std::ostream* out) {
    *out << (engine == Engine::sqlite ? "SQLite" : "PostgreSQL");
}

/// What ALMA_TEST_ENGINE says; SQLite when it says nothing. So the tests of statements run on both.
Engine chosen_engine();

/// TestDatabase database;
/// co_await database->write(db::sql("INSERT ..."));
class TestDatabase {
public:
    explicit TestDatabase(Engine engine = chosen_engine());
    ~TestDatabase();

    db::Database& operator*() { return *database_; }
    db::Database* operator->() { return database_.get(); }

private:
    class Place;
    std::unique_ptr<Place> place_;
    std::unique_ptr<db::Database> database_;
};

}  // namespace alma
