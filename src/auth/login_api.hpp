/// POST /token: a password for a token.
#pragma once

#include "audit/recorder.hpp"
#include "auth/login_throttle.hpp"
#include "auth/token.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"

namespace alma::auth {

class LoginApi {
public:
    LoginApi(db::Database& db, const TokenSigner& tokens, LoginThrottle& throttle, WorkerPool& passwords,
             audit::Recorder& audit_log, const Clock& clock);

    awaitable<http::Response> login(http::Request& request);

    static const http::Operation login_operation;
    static std::vector<http::Schema> schemas();  ///< Token

private:
    db::Database& db_;
    const TokenSigner& tokens_;
    LoginThrottle& throttle_;
    WorkerPool& passwords_;
    audit::Recorder& audit_log_;
    const Clock& clock_;
};

}  // namespace alma::auth
