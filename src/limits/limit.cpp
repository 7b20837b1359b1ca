#include "limits/limit.hpp"

#include "limits/database_limit.hpp"
#include "limits/process_limit.hpp"

namespace alma::limits {

std::unique_ptr<Limit> make_limit(std::string name, Rate rate, Scope scope, const Clock& clock,
                                  db::Database& db) {
    if (scope == Scope::database) return std::make_unique<DatabaseLimit>(std::move(name), rate, clock, db);
    return std::make_unique<ProcessLimit>(std::move(name), rate, clock, db);
}

}  // namespace alma::limits
