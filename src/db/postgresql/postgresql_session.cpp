#include "db/postgresql/postgresql_session.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace alma::db {
namespace {

using std::chrono::steady_clock;

/// What the statements of this program take for granted, whatever the server's, the database's or the role's
/// defaults are.
constexpr const char* set_up = R"(
    SELECT set_config('statement_timeout', $1, false),
           -- Only this way: a writer must keep to what an administrator sets to fence the server off.
           CASE $2 WHEN 'on' THEN set_config('default_transaction_read_only', 'on', false) END,
           -- Which every statement is written for.
           set_config('default_transaction_isolation', 'read committed', false),
           -- Answered means durable. A stricter setting (remote_apply) stays.
           set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                                            WHEN 'off' THEN 'on'
                                            ELSE current_setting('synchronous_commit') END, false),
           set_config('lock_timeout', $3, false),
           set_config('standard_conforming_strings', 'on', false),
           set_config('TimeZone', 'UTC', false),
           set_config('DateStyle', 'ISO, YMD', false),
           -- Compiling costs more than any of these statements.
           set_config('jit', 'off', false),
           set_config('client_min_messages', 'warning', false))";

/// Below the statement's limit: who waits for a lock should hear of it as such.
constexpr std::chrono::milliseconds longest_lock_wait{5'000};

[[noreturn]] void refuse(std::string_view problem) {
    throw Error(ErrorKind::unavailable, std::string(problem), std::chrono::seconds(1));
}

/// Without this libpq writes what the server warns of to stderr.
void log_notice(void*, const PGresult* notice) {
    const char* text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    log::warning("the database warns", {{"warning", text == nullptr ? "" : text}});
}

PostgresqlSession connect(const std::string& uri) {
    // What stands before the URI gives way to its parameters, what stands behind wins over them.
    constexpr std::array keywords = {"application_name",     "connect_timeout",
                                     "target_session_attrs", "keepalives_idle",
                                     "keepalives_interval",  "keepalives_count",
                                     "tcp_user_timeout",     "dbname",
                                     "client_encoding",      static_cast<const char*>(nullptr)};
    const std::array values = {"alma-leads", "3",    "read-write", "30",   "10",
                               "3",          "3000", uri.c_str(),  "UTF8", static_cast<const char*>(nullptr)};
    static_assert(keywords.size() == values.size());
    constexpr int expand_dbname = 1;
    PostgresqlSession session(PQconnectdbParams(keywords.data(), values.data(), expand_dbname));
    if (!session) throw std::bad_alloc();
    if (PQstatus(session.get()) != CONNECTION_OK) refuse(in_one_line(PQerrorMessage(session.get())));
    return session;
}

/// Waits until the session has its next result; libpq's own waits know no limit.
void wait_for_result(PGconn* session, steady_clock::time_point deadline) {
    while (PQisBusy(session) != 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
        pollfd look{.fd = PQsocket(session), .events = POLLIN, .revents = 0};
        const int ready = left.count() <= 0 ? 0 : ::poll(&look, 1, static_cast<int>(left.count()));
        if (ready == 0) refuse("the server took the login, and then did not answer");
        if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
        if (PQconsumeInput(session) == 0) refuse(in_one_line(PQerrorMessage(session)));
    }
}

void set_up_session(PGconn* session, const PostgresqlSessionConfig& config) {
    const auto deadline = steady_clock::now() + config.longest_set_up;
    const std::string longest_statement = std::to_string(config.longest_statement.count());
    const std::string longest_wait =
        std::to_string(std::min(longest_lock_wait, config.longest_statement).count());
    const std::array values = {longest_statement.c_str(), config.is_read_only ? "on" : "off",
                               longest_wait.c_str()};
    if (PQsendQueryParams(session, set_up, values.size(), nullptr, values.data(), nullptr, nullptr, 0) == 0)
        refuse(in_one_line(PQerrorMessage(session)));
    while (true) {
        wait_for_result(session, deadline);
        const PostgresqlResult result(PQgetResult(session));
        if (!result) return;
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) refuse(in_one_line(PQerrorMessage(session)));
    }
}

}  // namespace

PostgresqlSession open_postgresql_session(const std::string& uri, const PostgresqlSessionConfig& config) {
    PostgresqlSession session = connect(uri);
    PQsetNoticeReceiver(session.get(), log_notice, nullptr);
    const char* encoding = PQparameterStatus(session.get(), "server_encoding");
    if (encoding != nullptr && std::string_view(encoding) != "UTF8") {
        refuse(
            fmt::format("the database has the encoding {}, and cannot hold every name; make one with "
                        "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
                        encoding));
    }
    set_up_session(session.get(), config);
    return session;
}

std::string in_one_line(std::string_view libpq_message) {
    std::string line;
    for (const char c : libpq_message) {
        if (c != '\n' && c != '\t') {
            line += c;
        } else if (!line.empty() && !line.ends_with("; ")) {
            line += "; ";
        }
    }
    if (line.ends_with("; ")) line.resize(line.size() - 2);
    return line;
}

}  // namespace alma::db
