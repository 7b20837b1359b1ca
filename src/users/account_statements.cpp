#include "users/account_statements.hpp"

#include "auth/password.hpp"
#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "users/accounts.hpp"

#include <fmt/format.h>

namespace alma::users {
namespace {

void require_password(const std::string& password) {
    const std::size_t length = is_utf8(password) ? utf8_length(password) : 0;
    if (length < min_password_length || length > max_password_length) {
        throw Error(ErrorKind::invalid, fmt::format("A password must have {} to {} characters",
                                                    min_password_length, max_password_length));
    }
}

}  // namespace

void require_email(const std::string& email) {
    if (!is_email_address(email)) throw Error(ErrorKind::invalid, "Invalid email format");
}

http::Role require_role(const std::string& text) {
    const std::optional<http::Role> role = parse_enum<http::Role>(text);
    if (!role) throw Error(ErrorKind::invalid, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
    return *role;
}

awaitable<std::string> hash_new_password(WorkerPool& pool, std::string password) {
    require_password(password);
    auto work = [password = std::move(password)] { return auth::hash_password(password); };
    co_return co_await offload(pool, std::move(work));
}

db::Statement take_turn() {
    return db::sql(
        "SELECT 1 /*postgresql FROM pg_advisory_xact_lock(hashtextextended('alma-leads users', 0))*/");
}

db::Statement record(audit::Action action, audit::Actor actor, const std::string& email_folded, Instant at,
                     const std::string& details) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, user_id, details, created_at)
        SELECT $1, $2, $3, id, $4, $5 FROM users WHERE email_folded = $6)";
    return db::sql(insert, action, actor.kind, actor.id, details, at, email_folded);
}

std::string role_details(http::Role role) {
    return fmt::format(R"({{"role":"{}"}})", to_text(role));
}

}  // namespace alma::users
