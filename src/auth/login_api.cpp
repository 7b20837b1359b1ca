#include "auth/login_api.hpp"

#include "auth/password.hpp"
#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "http/form.hpp"

#include <boost/json/parse.hpp>

#include <exception>

namespace alma::auth {
namespace {

struct Account {
    std::int64_t id = 0;
    std::string email;
    std::string hashed_password;
    bool is_active = false;
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, email, hashed_password, is_active))

struct Token {
    std::string access_token;
    std::string token_type = "bearer";
};
BOOST_DESCRIBE_STRUCT(Token, (), (access_token, token_type))

struct Verdict {
    bool is_right = false;
    std::optional<std::string> new_hash;  ///< to replace a cheap one
};

constexpr http::InputField fields[] = {
    {.name = "username",
     .kind = http::InputField::Kind::email,
     .choices = {},
     .default_value = {},
     .description = "The e-mail address of the account, in any case.",
     .example = "attorney@example.com"},
    {.name = "password",
     .kind = http::InputField::Kind::password,
     .choices = {},
     .default_value = {},
     .description = "The password of the account.",
     .example = "correct horse battery staple"},
};

// The first is what OAuth 2.0 clients send (RFC 6749 section 4.3.2).
constexpr http::Encoding encodings[] = {http::Encoding::urlencoded, http::Encoding::multipart,
                                        http::Encoding::json};

constexpr http::Failure failures[] = {
    {401, "Incorrect email or password"},
    {429, "Too many requests. Please try again later."},
    {503, "The service is busy. Please try again in a moment."},
};

awaitable<std::optional<Account>> find_account(db::Database& db, std::string email_folded) {
    const db::Rows rows = co_await db.read(db::sql(R"(
        SELECT id, email, hashed_password, is_active
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

audit::Entry successful_login(const Account& account, Instant at) {
    return {.action = audit::Action::login_succeeded,
            .actor = {.kind = audit::ActorKind::user, .id = account.id},
            .at = at};
}

}  // namespace

const http::Operation LoginApi::login_operation = {
    .id = "login",
    .tag = "Authentication",
    .summary = "Log in",
    .description =
        "Exchanges an e-mail address and a password for an access token. An unknown address, a wrong "
        "password and a deactivated account are answered alike. Failures are limited for each "
        "account and each client address.",
    .encodings = encodings,
    .body = fields,
    .query = {},
    .answer_schema = "Token",
    .failures = failures,
};

std::vector<http::Schema> LoginApi::schemas() {
    static constexpr std::string_view token = R"({
        "type": "object",
        "description": "An access token (RFC 6750): send it as \"Authorization: Bearer <access_token>\".",
        "required": ["access_token", "token_type"],
        "properties": {
            "access_token": {
                "type": "string",
                "description": "A JWT signed with HS256, with the claims sub (the e-mail address) and exp.",
                "examples": ["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhdHRvcm5leUBleGFtcGxlLmNvbSIsImV4cCI6MTc1ODkxNzU0N30.QLGOoSdgSx0xm6oR9VYe8FTX0Ou97Ts2VNvmg1eXcM0"]
            },
            "token_type": {"type": "string", "const": "bearer"}
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "Token", .schema = boost::json::parse(token).as_object()});
    return schemas;
}

LoginApi::LoginApi(db::Database& db, const TokenSigner& tokens, LoginThrottle& throttle,
                   WorkerPool& passwords, audit::Recorder& audit_log, const Clock& clock)
    : db_(db),
      tokens_(tokens),
      throttle_(throttle),
      passwords_(passwords),
      audit_log_(audit_log),
      clock_(clock) {}

awaitable<http::Response> LoginApi::login(http::Request& request) {
    const http::Form form = co_await http::read_form(request, fields);
    const std::string email_folded = fold_email(form["username"]);
    LoginThrottle::Attempt attempt = co_await throttle_.admit(request.client, email_folded);

    Judgement judgement;
    std::exception_ptr failure;
    try {
        judgement = co_await judge_login(db_, passwords_, email_folded, form["password"]);
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
        throw Error(ErrorKind::unauthenticated, "Incorrect email or password");
    }
    log::info("user logged in", {{"request_id", request.id}, {"user", account->id}});
    if (verdict.new_hash) co_await replace_hash(db_, *account, std::move(*verdict.new_hash));
    co_await throttle_.succeeded(std::move(attempt), account->id);
    co_await audit_log_.record(successful_login(*account, clock_.now()));

    const Token token{.access_token = tokens_.sign(account->email, clock_.now())};
    http::Response response = http::json_response(http::Status::ok, to_json(token));
    response.with("Cache-Control", "no-store");  // RFC 6749 section 5.1
    co_return response;
}

}  // namespace alma::auth
