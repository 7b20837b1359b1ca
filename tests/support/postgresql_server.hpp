/// PostgreSQL servers and databases for tests, see postgresql_server.py.
#pragma once

#include "support/child_process.hpp"

#include <string>

namespace alma {

class PostgresqlServer {
public:
    /// One of its own, to stop and start.
    PostgresqlServer();

    /// The one that ctest has started for all tests (ALMA_TEST_POSTGRESQL names its note), or else one for
    /// the tests of this process.
    static const PostgresqlServer& shared();

    /// As a member of the operating system's users, over the socket in its directory.
    [[nodiscard]] std::string uri(const std::string& database = "postgres") const;
    /// With a password, over TCP.
    [[nodiscard]] std::string tcp_uri(const std::string& password = "open%20sesame") const;

    [[nodiscard]] std::string socket_path() const { return host_ + "/.s.PGSQL." + port_; }

    void stop() { order("stop"); }
    void kill() { order("kill"); }
    void start() { order("start"); }

private:
    PostgresqlServer(std::string host, std::string port) : host_(std::move(host)), port_(std::move(port)) {}
    void order(const std::string& command);

    std::optional<ChildProcess> process_;
    std::string host_;
    std::string port_;
};

/// A database of its own on a server, dropped with the object.
class TemporaryPostgresqlDatabase {
public:
    explicit TemporaryPostgresqlDatabase(const PostgresqlServer& server = PostgresqlServer::shared());
    ~TemporaryPostgresqlDatabase();
    TemporaryPostgresqlDatabase(const TemporaryPostgresqlDatabase&) = delete;
    TemporaryPostgresqlDatabase& operator=(const TemporaryPostgresqlDatabase&) = delete;

    [[nodiscard]] std::string uri() const { return server_.uri(name_); }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Runs a script beside the engine under test. @return the first value of its last statement; empty for
    /// none
    std::string run(const std::string& script) const;
    /// Ends all sessions of the product, as an administrator would. @return how many
    int terminate_sessions() const;

private:
    const PostgresqlServer& server_;
    const std::string name_;
};

}  // namespace alma
