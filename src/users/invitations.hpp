/// Accounts whose users choose the password themselves, by a link that is mailed to them.
#pragma once

#include "audit/log.hpp"
#include "base/async.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "mail/account_link.hpp"
#include "users/user.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace alma::users {

constexpr std::chrono::hours invitation_lifetime{24 * 7};
constexpr std::chrono::hours password_reset_lifetime{1};

/// May be used from every event loop at once. Each operation is one transaction, with its entries in the
/// audit log and its mails.
class Invitations {
public:
    /// @param links what a link is made of; without a base URL nobody can be mailed one
    /// @param wake called when a mail waits
    Invitations(db::Database& db, WorkerPool& passwords, mail::LinkSettings links, const Clock& clock,
                std::function<void()> wake);

    /// A new account, which cannot log in until its link was used.
    /// @throws Error{invalid} the contract's texts, or that PUBLIC_BASE_URL is missing
    awaitable<Account> invite(std::string email, std::string role, audit::Actor actor);
    /// @throws Error{not_found} "User not found"
    /// @throws Error{invalid} when the user has a password, or is locked, or that PUBLIC_BASE_URL is missing
    awaitable<Account> find_invited(std::int64_t id);
    /// Another link for whom find_invited() gave; earlier invitations count no more.
    /// @throws Error{invalid} when the user has a password, or is locked, by now
    awaitable<void> invite_again(Account account, audit::Actor actor);
    /// Mails a link to whoever has the account of that address, if it is active. Takes the same time when
    /// there is no such account: what is written is the same, but for a row or two.
    /// @throws Error{invalid} PUBLIC_BASE_URL is missing
    awaitable<void> ask_reset(std::string email);

    /// Whether a link lasts. Costs one look at an index.
    awaitable<bool> is_valid(std::string token);
    /// The new password, by whoever has the link: of any number of parallel calls one succeeds. Ends all
    /// sessions, tokens and other links of the user.
    /// @return false when the link is over
    /// @throws Error{invalid} for a password that is none
    awaitable<bool> use(std::string token, std::string password);

    /// @throws Error{invalid} PUBLIC_BASE_URL is missing: no link can be mailed
    void require_links() const;

private:
    db::Database& db_;
    WorkerPool& passwords_;
    const mail::LinkSettings links_;
    const Clock& clock_;
    std::function<void()> wake_;
};

/// For a transaction that gives the user another password, or locks the account: no link outlives that.
db::Statement drop_links_of(std::int64_t user_id);

}  // namespace alma::users
