#include "auth/login.hpp"

#include "auth/password.hpp"
#include "base/email_address.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

#include <boost/describe/class.hpp>

#include <exception>

namespace alma::auth {
namespace {

struct Account {
    std::int64_t id = 0;
    std::string email;
    std::string hashed_password;
    bool is_active = false;
    std::optional<Instant> tokens_valid_from;
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, email, hashed_password, is_active, tokens_valid_from))

struct Verdict {
    bool is_right = false;
    std::optional<std::string> new_hash;  ///< to replace a cheap one
};

awaitable<std::optional<Account>> find_account(db::Database& db, std::string email_folded) {
    const db::Rows rows = co_await db.read(db::sql(R"(
        SELECT id, email, hashed_password, is_active, tokens_valid_from
        FROM users
        WHERE email_folded = $1)",
                                                   std::move(email_folded)));
    co_return rows.first_as<Account>();
}

/// Takes as long for an account that is unknown or inactive as for a wrong password, be its hash ours or an
/// imported one that is cheap or none. Only the hash of a successful login may take longer, and only once.
Verdict judge(const std::optional<Account>& account, std::string_view password) {
    const std::string& hash = account ? account->hashed_password : decoy_hash();
    const PasswordCheck check = verify_password(password, hash);
    Verdict verdict{.is_right = account && account->is_active && check != PasswordCheck::wrong,
                    .new_hash = {}};
    if (!verdict.is_right) spend_what_is_saved(password, hash);
    if (verdict.is_right && check == PasswordCheck::right_but_cheap)
        verdict.new_hash = hash_password(password);
    return verdict;
}

struct Judgement {
    std::optional<Account> account;
    Verdict verdict;
};

awaitable<Judgement> judge_login(db::Database& db, WorkerPool& passwords, std::string email_folded,
                                 std::string password) {
    Judgement judgement{.account = co_await find_account(db, std::move(email_folded)), .verdict = {}};
    auto work = [account = judgement.account, password = std::move(password)] {
        return judge(account, password);
    };
    judgement.verdict = co_await offload(passwords, std::move(work));
    co_return judgement;
}

/// Unless the password was changed meanwhile. A failure only means that the next login tries again.
awaitable<void> replace_hash(db::Database& db, const Account& account, std::string new_hash) {
    try {
        co_await db.write(db::sql(R"(
            UPDATE users SET hashed_password = $3
            WHERE id = $1 AND hashed_password = $2)",
                                  account.id, account.hashed_password, std::move(new_hash)));
    } catch (const std::exception& error) {
        log::warning("password not hashed anew", {{"user", account.id}, {"error", error.what()}});
    }
}

/// Whoever it was: not the account's owner, as far as we know.
audit::Entry failed_login(const std::optional<Account>& account, Instant at) {
    audit::Entry entry{
        .action = audit::Action::login_failed, .actor = {.kind = audit::ActorKind::anonymous}, .at = at};
    if (account) entry.user = account->id;
    return entry;
}

audit::Entry successful_login(const ProvedUser& user, std::string details, Instant at) {
    return {.action = audit::Action::login_succeeded,
            .actor = {.kind = audit::ActorKind::user, .id = user.id},
            .details = std::move(details),
            .at = at};
}

/// @param began before the account was read
Instant issued_at(const Account& account, Instant began) {
    const Instant second = std::chrono::floor<std::chrono::seconds>(began);
    return std::max(second, account.tokens_valid_from.value_or(second));
}

}  // namespace

Login::Login(db::Database& db, LoginThrottle& throttle, WorkerPool& passwords, audit::Recorder& audit_log,
             const Clock& clock)
    : db_(db), throttle_(throttle), passwords_(passwords), audit_log_(audit_log), clock_(clock) {}

awaitable<std::optional<ProvedUser>> Login::prove(const http::Request& request, std::string email,
                                                  std::string password) {
    const std::string email_folded = fold_email(email);
    LoginThrottle::Attempt attempt = co_await throttle_.admit(request.client, email_folded);
    const Instant began = clock_.now();

    Judgement judgement;
    std::exception_ptr failure;
    try {
        judgement = co_await judge_login(db_, passwords_, email_folded, std::move(password));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await throttle_.withdraw(std::move(attempt));
        std::rethrow_exception(failure);
    }

    const std::optional<Account>& account = judgement.account;
    Verdict& verdict = judgement.verdict;
    if (!verdict.is_right) {
        // Not the address that was typed: people type their password there.
        log::warning("login failed", {{"request_id", request.id}, {"user", account ? account->id : 0}});
        co_await throttle_.failed(std::move(attempt));
        co_await audit_log_.record(failed_login(account, clock_.now()));
        co_return std::nullopt;
    }
    if (verdict.new_hash) co_await replace_hash(db_, *account, std::move(*verdict.new_hash));
    co_await throttle_.succeeded(std::move(attempt), account->id);
    co_return ProvedUser{.id = account->id, .email = account->email, .issued_at = issued_at(*account, began)};
}

awaitable<ProvedUser> Login::log_in(const http::Request& request, std::string email, std::string password,
                                    std::string details) {
    std::optional<ProvedUser> user = co_await prove(request, std::move(email), std::move(password));
    if (!user) throw Error(ErrorKind::unauthenticated, "Incorrect email or password");
    log::info("user logged in", {{"request_id", request.id}, {"user", user->id}});
    co_await audit_log_.record(successful_login(*user, std::move(details), clock_.now()));
    co_return std::move(*user);
}

}  // namespace alma::auth
