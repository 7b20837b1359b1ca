#include "support/postgresql_server.hpp"

#include "base/uuid.hpp"
#include "db/postgresql/postgresql_session.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace alma {
namespace {

std::string new_name() {
    std::string name = "test_" + to_text(random_uuid());
    std::ranges::replace(name, '-', '_');
    return name;
}

/// Runs a script in a session of its own.
std::string run_on(const std::string& uri, const std::string& script) {
    const db::PostgresqlSession session(PQconnectdb(uri.c_str()));
    const db::PostgresqlResult result(PQexec(session.get(), script.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error(PQerrorMessage(session.get()));
    return PQntuples(result.get()) == 0 ? "" : PQgetvalue(result.get(), 0, 0);
}

}  // namespace

PostgresqlServer::PostgresqlServer() {
    process_.emplace(std::vector<std::string>{"/usr/bin/python3",
                                              ALMA_SOURCE_DIR "/tests/support/postgresql_server.py", "run"});
    std::string ready;
    std::istringstream(process_->read_line()) >> ready >> host_ >> port_;
    if (ready != "ready") throw std::runtime_error("PostgreSQL does not start");
}

const PostgresqlServer& PostgresqlServer::shared() {
    const char* note = std::getenv("ALMA_TEST_POSTGRESQL");
    if (note == nullptr) {
        static const PostgresqlServer own;
        return own;
    }
    static const PostgresqlServer of_all = [note] {
        std::string host;
        std::string port;
        if (!(std::ifstream(note) >> host >> port)) throw std::runtime_error("no PostgreSQL server runs");
        return PostgresqlServer(host, port);
    }();
    return of_all;
}

std::string PostgresqlServer::uri(const std::string& database) const {
    return "postgresql://alma@/" + database + "?host=" + host_ + "&port=" + port_;
}

std::string PostgresqlServer::tcp_uri(const std::string& password) const {
    return "postgresql://alma:" + password + "@127.0.0.1:" + port_ + "/postgres";
}

void PostgresqlServer::order(const std::string& command) {
    process_->write_line(command);
    if (process_->read_line() != "done") throw std::runtime_error("PostgreSQL does not " + command);
}

TemporaryPostgresqlDatabase::TemporaryPostgresqlDatabase(const PostgresqlServer& server)
    : server_(server), name_(new_name()) {
    run_on(server_.uri(), "CREATE DATABASE " + name_);
}

TemporaryPostgresqlDatabase::~TemporaryPostgresqlDatabase() {
    try {
        run_on(server_.uri(), "DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
        // The server has been stopped, and its directory goes with it.
    }
}

std::string TemporaryPostgresqlDatabase::run(const std::string& script) const {
    return run_on(uri(), script);
}

int TemporaryPostgresqlDatabase::terminate_sessions() const {
    return std::stoi(
        run_on(server_.uri(),
               "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = '" +
                   name_ + "' AND application_name = 'alma-leads'"));
}

}  // namespace alma
