/// The URIs that name a PostgreSQL database
/// (https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING).
#pragma once

#include <string>
#include <string_view>

namespace alma::db {

/// Whether a URL means PostgreSQL at all: postgresql://, postgres://, and SQLAlchemy's postgresql+driver://.
bool is_postgresql_url(std::string_view url);

/// The URI as libpq takes it: "postgresql+asyncpg://u:p@h/db" -> "postgresql://u:p@h/db". Several hosts, a
/// socket directory and all parameters of libpq may be in it.
/// @throws std::invalid_argument in words that follow a variable's name and show nothing of the URL:
///         "is no URI that libpq understands"
std::string read_postgresql_url(std::string_view url);

/// For people: hosts and database, no user and no password: "leads at db1:5432,db2:5432".
std::string describe_postgresql_uri(const std::string& uri);

struct PostgresqlHost {
    std::string host;  ///< as libpq's PQhost gives it: a name, an address, or the directory of a socket
    std::string port;
};

/// The same connection with this one of its hosts tried first, and the others after it, as a connection
/// string that libpq takes in place of a URI; the URI itself when the host is none of several.
std::string starting_with(const std::string& uri, const PostgresqlHost& first);

}  // namespace alma::db
