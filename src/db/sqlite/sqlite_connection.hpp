/// One connection to an SQLite file, with the statements it has prepared.
#pragma once

#include "db/database.hpp"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <unordered_map>

namespace alma::db {

/// Used by one thread at a time. Failures are thrown in the terms of Database: no room to write and a lock
/// held for too long are Error{unavailable}, and logged; all else is a DatabaseError.
class SqliteConnection {
public:
    enum class Access {
        read_write,  ///< creates the file, readable by its owner alone
        read_only,   ///< can neither write nor checkpoint
    };

    SqliteConnection(const std::filesystem::path& file, Access access);

    /// Runs one statement to its end. It is prepared once, by the address and length of its text.
    /// @param give_up_after a query that takes longer is stopped: Error{unavailable}
    /// @throws std::logic_error when text and values do not fit each other
    Rows run(const Statement& statement,
             std::optional<std::chrono::milliseconds> give_up_after = std::nullopt);

    /// Runs a script of several statements; rows are dropped.
    void run_script(std::string_view script);

    [[nodiscard]] bool is_in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

    /// How long to wait for a lock that another connection holds.
    void wait_for_locks(std::chrono::milliseconds longest);

    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    struct Prepared {
        std::unique_ptr<sqlite3_stmt, Finalize> handle;
        /// SQLite numbers parameters by first appearance and takes $1 for a name: which value goes where.
        std::vector<std::size_t> value_of_parameter;
        std::size_t values = 0;
    };
    struct HashOfAddress {
        std::size_t operator()(std::string_view text) const {
            return std::hash<const char*>()(text.data()) ^ text.size();
        }
    };
    struct SameAddress {
        bool operator()(std::string_view a, std::string_view b) const {
            return a.data() == b.data() && a.size() == b.size();
        }
    };

    void configure(Access access);
    Prepared& prepared(std::string_view sql);
    [[nodiscard]] Prepared prepare(std::string_view sql) const;
    [[noreturn]] void fail(std::string_view doing) const;

    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string_view, Prepared, HashOfAddress, SameAddress> prepared_;
};

}  // namespace alma::db
