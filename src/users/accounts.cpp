#include "users/accounts.hpp"

#include "auth/password.hpp"
#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "users/account_statements.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace alma::users {
namespace {

using namespace std::chrono_literals;

constexpr auto initial_turn_poll = 20ms;
constexpr auto initial_turn_patience = 5s;
constexpr std::int64_t list_page_rows = 500;

[[noreturn]] void refuse_second_initial() {
    throw Error(ErrorKind::invalid, "Initial user already exists. Use /users/ endpoint with authentication.");
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
    std::string hashed_password = co_await hash_new_password(passwords_, std::move(password));

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
    std::optional<User> user = co_await write_returning<User>(db_, std::move(transaction), 1);
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
    std::string hashed_password = co_await hash_new_password(passwords_, std::move(password));

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
    std::optional<User> user = co_await write_returning<User>(db_, std::move(transaction), 0);
    if (!user) throw Error(ErrorKind::invalid, "Email already exists");
    co_return std::move(*user);
}

awaitable<std::vector<Account>> Accounts::list() {
    std::vector<Account> users;
    std::size_t rows_read = 0;
    do {
        const std::int64_t last_id = users.empty() ? 0 : users.back().id;
        const db::Rows rows = co_await db_.search(db::sql(R"(
            SELECT id, email, role, is_active, created_at, updated_at, is_invited
            FROM users
            WHERE id > $1
            ORDER BY id
            LIMIT $2)",
                                                          last_id, list_page_rows));
        rows_read = rows.size();
        for (std::size_t i = 0; i < rows_read; ++i)
            users.push_back(rows[i].as<Account>());
    } while (rows_read == static_cast<std::size_t>(list_page_rows));
    co_return users;
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

}  // namespace alma::users
