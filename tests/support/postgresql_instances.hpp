/// Several instances of the service's engine on one PostgreSQL database with the product's schema.
#pragma once

#include "db/postgresql/postgresql_database.hpp"
#include "support/postgresql_server.hpp"

#include <deque>

namespace alma {

class PostgresqlInstances {
public:
    explicit PostgresqlInstances(std::size_t count) {
        db::migrate_up(*db::postgresql_migration_target(place_.uri()), db::postgresql_migrations(),
                       SystemClock());
        for (std::size_t i = 0; i < count; ++i)
            databases_.emplace_back(db::PostgresqlConfig{.uri = place_.uri()});
    }

    db::Database& operator[](std::size_t instance) { return databases_[instance]; }
    [[nodiscard]] const TemporaryPostgresqlDatabase& place() const { return place_; }

private:
    TemporaryPostgresqlDatabase place_;
    std::deque<db::PostgresqlDatabase> databases_;
};

}  // namespace alma
