/// Sessions on a PostgreSQL server: how one is opened and set up.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace alma::db {

struct FinishSession {
    void operator()(PGconn* session) const { PQfinish(session); }
};
/// Open for as long as the object lives; PQfinish closes the socket.
using PostgresqlSession = std::unique_ptr<PGconn, FinishSession>;

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresqlResult = std::unique_ptr<PGresult, ClearResult>;

/// What a session is for.
struct PostgresqlSessionConfig {
    /// The server stops a statement that runs for longer (SQLSTATE 57014). The end of a transaction is not
    /// under this limit: a commit that waits for a standby must not become a success that nobody has.
    std::chrono::milliseconds longest_statement{10'000};
    bool is_read_only = false;
    /// For the server's answer to our settings, after the login; the login has connect_timeout.
    std::chrono::milliseconds longest_set_up{3'000};
};

/// Opens a session: tries each host of the URI for at most a few seconds until one takes writes. Blocks, for
/// name resolution too, so never on an event loop.
/// @param uri as read_postgresql_url gives it. Its own parameters win over our defaults (connect_timeout,
///            target_session_attrs, keepalives, application_name).
/// @throws Error{unavailable} with libpq's words in one line; they name host, user and database, never the
/// password
PostgresqlSession open_postgresql_session(const std::string& uri, const PostgresqlSessionConfig& config);

/// "line\n\tline\n" -> "line; line": what libpq says, for a log or an operator.
std::string in_one_line(std::string_view libpq_message);

}  // namespace alma::db
