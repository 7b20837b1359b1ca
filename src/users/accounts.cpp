#include "users/accounts.hpp"

#include "auth/password.hpp"
#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace alma::users {
namespace {

using namespace std::chrono_literals;

constexpr auto initial_turn_poll = 20ms;
constexpr auto initial_turn_patience = 5s;
constexpr std::int64_t list_page_rows = 500;

void require_email(const std::string& email) {
    if (!is_email_address(email)) throw Error(ErrorKind::invalid, "Invalid email format");
}

void require_password(const std::string& password) {
    const std::size_t length = is_utf8(password) ? utf8_length(password) : 0;
    if (length < min_password_length || length > max_password_length) {
        throw Error(ErrorKind::invalid, fmt::format("A password must have {} to {} characters",
                                                    min_password_length, max_password_length));
    }
}

http::Role require_role(const std::string& text) {
    const std::optional<http::Role> role = parse_enum<http::Role>(text);
    if (!role) throw Error(ErrorKind::invalid, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
    return *role;
}

[[noreturn]] void refuse_second_initial() {
    throw Error(ErrorKind::invalid, "Initial user already exists. Use /users/ endpoint with authentication.");
}

/// Of a transaction that looks at other users than the one it changes, the first statement: two of them at
/// once might not see each other's work. SQLite has one writer; PostgreSQL lets the second one wait, and look
/// only then.
db::Statement take_turn() {
    return db::sql(
        "SELECT 1 /*postgresql FROM pg_advisory_xact_lock(hashtextextended('alma-leads users', 0))*/");
}

/// Behind the statement that creates or changes the user.
db::Statement record(audit::Action action, audit::Actor actor, const std::string& email_folded, Instant at,
                     const std::string& details = "{}") {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, user_id, details, created_at)
        SELECT $1, $2, $3, id, $4, $5 FROM users WHERE email_folded = $6)";
    return db::sql(insert, action, actor.kind, actor.id, details, at, email_folded);
}

/// Before the statement that sets whether the user is active; nothing when it is so already.
db::Statement record_activity(bool is_active, audit::Actor actor, const std::string& email_folded,
                              Instant at) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, user_id, details, created_at)
        SELECT $1, $2, $3, id, '{}', $4 FROM users
        WHERE email_folded = $5 AND is_active <> $6 /*postgresql FOR UPDATE*/)";
    const audit::Action action = is_active ? audit::Action::user_activated : audit::Action::user_deactivated;
    return db::sql(insert, action, actor.kind, actor.id, at, email_folded, is_active);
}

std::string role_details(http::Role role) {
    return fmt::format(R"({{"role":"{}"}})", to_text(role));
}

/// @param change the statement, of those in the transaction, that is required and returns the user
/// @return nothing when it returned none: then nothing was changed, and nothing recorded
awaitable<std::optional<User>> write_user(db::Database& db, std::vector<db::Statement> transaction,
                                          std::size_t change) {
    const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(transaction));
    if (!results) co_return std::nullopt;
    co_return results->at(change).first_as<User>();
}

User require_user(std::optional<User> user) {
    if (!user) throw Error(ErrorKind::not_found, "User not found");
    return std::move(*user);
}

}  // namespace

/// The right to create the first user, of one call at a time in this process.
class Accounts::InitialTurn {
public:
    explicit InitialTurn(std::shared_ptr<std::atomic<bool>> is_taken) : is_taken_(std::move(is_taken)) {}
    InitialTurn(const InitialTurn&) = delete;
    InitialTurn& operator=(const InitialTurn&) = delete;
    ~InitialTurn() {
        if (is_mine_) *is_taken_ = false;
    }
    bool take() {
        if (!is_mine_) is_mine_ = !is_taken_->exchange(true);
        return is_mine_;
    }

private:
    std::shared_ptr<std::atomic<bool>> is_taken_;
    bool is_mine_ = false;
};

Accounts::Accounts(db::Database& db, WorkerPool& passwords, const Clock& clock)
    : db_(db),
      passwords_(passwords),
      clock_(clock),
      is_creating_initial_(std::make_shared<std::atomic<bool>>(false)) {}

awaitable<User> Accounts::create_initial(std::string email, std::string password, audit::Actor actor) {
    InitialTurn turn(is_creating_initial_);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const auto deadline = std::chrono::steady_clock::now() + initial_turn_patience;
    // Looking again and again is enough for what happens once in an installation's life.
    while (true) {
        const bool is_mine = turn.take();
        if (!co_await is_empty()) refuse_second_initial();
        if (is_mine) break;
        if (std::chrono::steady_clock::now() > deadline) throw Error::busy();
        timer.expires_after(initial_turn_poll);
        co_await timer.async_wait(asio::use_awaitable);
    }
    require_email(email);
    std::string hashed_password = co_await hash(std::move(password));

    // Another process may have been faster: this statement decides.
    static constexpr std::string_view insert = R"(
        INSERT INTO users (email, email_folded, hashed_password, role, is_active, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6, $6
        WHERE NOT EXISTS (SELECT 1 FROM users)
        RETURNING id, email, role, is_active, created_at, updated_at)";
    const std::string email_folded = fold_email(email);
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(take_turn());
    transaction.push_back(db::required(insert, std::move(email), email_folded, std::move(hashed_password),
                                       http::Role::admin, true, now));
    transaction.push_back(
        record(audit::Action::user_created, actor, email_folded, now, role_details(http::Role::admin)));
    std::optional<User> user = co_await write_user(db_, std::move(transaction), 1);
    if (!user) refuse_second_initial();
    co_return std::move(*user);
}

awaitable<User> Accounts::create(std::string email, std::string password, std::string role,
                                 audit::Actor actor) {
    require_email(email);
    const std::string email_folded = fold_email(email);
    // The contract wants this said before the role is looked at, and it spares the hash; the INSERT decides.
    if (co_await exists(email_folded)) throw Error(ErrorKind::invalid, "Email already exists");
    const http::Role parsed_role = require_role(role);
    std::string hashed_password = co_await hash(std::move(password));

    static constexpr std::string_view insert = R"(
        INSERT INTO users (email, email_folded, hashed_password, role, is_active, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (email_folded) DO NOTHING
        RETURNING id, email, role, is_active, created_at, updated_at)";
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::required(insert, std::move(email), email_folded, std::move(hashed_password),
                                       parsed_role, true, now));
    transaction.push_back(
        record(audit::Action::user_created, actor, email_folded, now, role_details(parsed_role)));
    std::optional<User> user = co_await write_user(db_, std::move(transaction), 0);
    if (!user) throw Error(ErrorKind::invalid, "Email already exists");
    co_return std::move(*user);
}

awaitable<std::vector<User>> Accounts::list() {
    std::vector<User> users;
    std::size_t rows_read = 0;
    do {
        const std::int64_t last_id = users.empty() ? 0 : users.back().id;
        const db::Rows rows = co_await db_.search(db::sql(R"(
            SELECT id, email, role, is_active, created_at, updated_at
            FROM users
            WHERE id > $1
            ORDER BY id
            LIMIT $2)",
                                                          last_id, list_page_rows));
        rows_read = rows.size();
        for (std::size_t i = 0; i < rows_read; ++i)
            users.push_back(rows[i].as<User>());
    } while (rows_read == static_cast<std::size_t>(list_page_rows));
    co_return users;
}

awaitable<User> Accounts::set_password(std::string email, std::string password, audit::Actor actor) {
    const std::string email_folded = fold_email(email);
    if (!co_await exists(email_folded)) throw Error(ErrorKind::not_found, "User not found");
    std::string hashed_password = co_await hash(std::move(password));
    static constexpr std::string_view update = R"(
        UPDATE users SET hashed_password = $2, updated_at = $3
        WHERE email_folded = $1
        RETURNING id, email, role, is_active, created_at, updated_at)";
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::required(update, email_folded, std::move(hashed_password), now));
    transaction.push_back(record(audit::Action::user_password_changed, actor, email_folded, now));
    co_return require_user(co_await write_user(db_, std::move(transaction), 0));
}

awaitable<User> Accounts::set_active(std::string email, bool is_active, audit::Actor actor) {
    std::string email_folded = fold_email(email);
    if (is_active) co_return co_await activate(std::move(email_folded), actor);
    co_return co_await deactivate(std::move(email_folded), actor);
}

awaitable<User> Accounts::activate(std::string email_folded, audit::Actor actor) {
    static constexpr std::string_view update = R"(
        UPDATE users SET is_active = $2, updated_at = $3
        WHERE email_folded = $1
        RETURNING id, email, role, is_active, created_at, updated_at)";
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(record_activity(true, actor, email_folded, now));
    transaction.push_back(db::required(update, email_folded, true, now));
    co_return require_user(co_await write_user(db_, std::move(transaction), 1));
}

awaitable<User> Accounts::deactivate(std::string email_folded, audit::Actor actor) {
    static constexpr std::string_view update = R"(
        UPDATE users SET is_active = $2, updated_at = $3
        WHERE email_folded = $1
          AND (role <> 'ADMIN'
               OR is_active = $2
               OR EXISTS (SELECT 1 FROM users AS other
                          WHERE other.role = 'ADMIN' AND other.is_active <> $2 AND other.email_folded <> $1))
        RETURNING id, email, role, is_active, created_at, updated_at)";
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(take_turn());
    transaction.push_back(record_activity(false, actor, email_folded, now));
    transaction.push_back(db::required(update, email_folded, false, now));
    std::optional<User> user = co_await write_user(db_, std::move(transaction), 2);
    if (!user && co_await exists(email_folded)) {
        throw Error(ErrorKind::invalid,
                    email_folded + " is the last active admin; create or activate another one first");
    }
    co_return require_user(std::move(user));
}

awaitable<bool> Accounts::is_empty() {
    const db::Rows rows = co_await db_.read(db::sql("SELECT 1 FROM users LIMIT 1"));
    co_return rows.empty();
}

awaitable<bool> Accounts::exists(std::string email_folded) {
    const db::Rows rows =
        co_await db_.read(db::sql("SELECT 1 FROM users WHERE email_folded = $1", std::move(email_folded)));
    co_return !rows.empty();
}

awaitable<std::string> Accounts::hash(std::string password) {
    require_password(password);
    auto work = [password = std::move(password)] { return auth::hash_password(password); };
    co_return co_await offload(passwords_, std::move(work));
}

}  // namespace alma::users
