#include "leads/duplicates.hpp"

#include "base/encoding.hpp"

namespace alma::leads {

awaitable<std::vector<Lead>> find_duplicates(db::Database& db, Lead lead) {
    // Each half by its own index and limited, so that a name that thousands have is not sorted.
    static constexpr std::string_view select = R"(
        SELECT uuid, first_name, last_name, email, status, created_at, updated_at FROM leads
        WHERE uuid <> $1
          AND id IN (SELECT id FROM (SELECT id FROM leads WHERE lower(email) = $2 ORDER BY id DESC LIMIT $5) AS a
                     UNION
                     SELECT id FROM (SELECT id FROM leads WHERE lower(last_name) = $3 AND lower(first_name) = $4
                                     ORDER BY id DESC LIMIT $5) AS b)
        ORDER BY id DESC LIMIT $6)";
    // Folded here: PostgreSQL would fold a parameter by the locale of its database.
    const db::Rows rows =
        co_await db.search(db::sql(select, lead.uuid, ascii_lower(lead.email), ascii_lower(lead.last_name),
                                   ascii_lower(lead.first_name), most_duplicates + 1, most_duplicates));
    co_return rows.as<Lead>();
}

bool has_same_email(const Lead& a, const Lead& b) {
    return equals_ignoring_case(a.email, b.email);
}

bool has_same_name(const Lead& a, const Lead& b) {
    return equals_ignoring_case(a.last_name, b.last_name) && equals_ignoring_case(a.first_name, b.first_name);
}

}  // namespace alma::leads
