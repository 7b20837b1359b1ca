/// Who a request comes from.
#pragma once

#include "auth/proofs.hpp"
#include "auth/token.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/principal.hpp"

#include <optional>
#include <string_view>

namespace alma::auth {

/// May be used from every event loop at once.
///
/// A user's state binds at the next request, as does a logout: both are read anew for each, in one query,
/// unless the database can tell that nothing was committed since they were last read (see Proofs).
class Authenticator {
public:
    Authenticator(db::Database& db, const TokenSigner& tokens, const Clock& clock)
        : db_(db), tokens_(tokens), clock_(clock) {}

    /// The active user whose token the request carries ("Authorization: Bearer ..."), or whose session, when
    /// it carries no token; nothing when there is none.
    /// @throws Error{forbidden} when a session's cookie came with what another site may have had the browser
    ///         send: see require_own_page()
    awaitable<std::optional<http::Principal>> operator()(const http::Request& request);

    /// The same for a request that goes on, as a stream of events does: it counts as no use of the session,
    /// or else one that nobody sits before would never be idle.
    awaitable<std::optional<http::Principal>> again(const http::Request& request);

    /// Tokens, and sessions, remembered at once; further ones are verified each time.
    static constexpr std::size_t max_remembered = Proofs::max_remembered;

private:
    awaitable<std::optional<http::Principal>> by_token(std::string_view token);
    enum class Renewal { yes, no };
    awaitable<std::optional<http::Principal>> who(const http::Request& request, Renewal renewal);
    awaitable<std::optional<http::Principal>> by_session(std::string_view id, Renewal renewal);
    db::Database& db_;
    const TokenSigner& tokens_;
    const Clock& clock_;
    /// Apart, so that neither is ever taken for the other.
    Proofs tokens_proved_{db_};
    Proofs sessions_proved_{db_};
};

}  // namespace alma::auth
