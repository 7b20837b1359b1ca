#include "db/sqlite/sqlite_connection.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

namespace alma::db {
namespace {

constexpr std::chrono::milliseconds writer_lock_wait{5000};
// Readers of a WAL file wait for nobody but a recovery; and they may run on an event loop.
constexpr std::chrono::milliseconds reader_lock_wait{1000};

// Statements are literals, so there are only as many as the source has. The bound is for the day when one is
// not.
constexpr std::size_t most_prepared = 1024;

// Of a statement, in an error text.
constexpr std::size_t longest_quote = 200;

constexpr int steps_between_clock_checks = 1000;

/// SQLite makes files with the umask's mode, and gives -wal and -shm the mode of the main file.
void create_for_owner_only(const std::filesystem::path& file) {
    // O_EXCL: an existing file must not be opened here. Closing any descriptor of a file drops the POSIX
    // locks that other connections of this process hold on it.
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) ::close(descriptor);
}

/// "UNIQUE constraint failed: users.email_folded" -> "users.email_folded"
std::string constraint_in(std::string_view message) {
    static constexpr std::string_view before_name = " constraint failed: ";
    const std::size_t at = message.find(before_name);
    // A foreign key has no name in SQLite's message.
    return std::string(at == std::string_view::npos ? message : message.substr(at + before_name.size()));
}

/// SQLite takes ENOSPC alone for a full disk; a quota or a limit on file sizes is a failed write to it.
/// Either way the commit record is not on the disk, so nothing was done. After a failed fsync that would be a
/// guess.
bool cannot_be_written(int extended_code) {
    return extended_code == SQLITE_FULL || extended_code == SQLITE_IOERR_WRITE;
}

/// "$12" -> 12
std::size_t number_of(const char* name) {
    const std::string_view text = name == nullptr ? std::string_view() : std::string_view(name);
    std::size_t number = 0;
    if (text.starts_with('$')) std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (number == 0) throw std::logic_error("placeholders are $1, $2, ...");
    return number;
}

int bind(sqlite3_stmt* statement, int parameter, const Param& value) {
    struct Binder {
        sqlite3_stmt* statement;
        int parameter;
        int operator()(std::monostate) const { return sqlite3_bind_null(statement, parameter); }
        int operator()(bool flag) const { return sqlite3_bind_int(statement, parameter, flag ? 1 : 0); }
        int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, parameter, number); }
        int operator()(const std::string& text) const {
            // Not copied: the statement is reset, and its bindings dropped, before the caller's text ends.
            return sqlite3_bind_text64(statement, parameter, text.data(), text.size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
        }
    };
    return std::visit(Binder{statement, parameter}, value);
}

void add_cell(Rows& rows, sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_NULL:
            return rows.add_null();
        case SQLITE_INTEGER:
            return rows.add(sqlite3_column_int64(statement, column));
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
            return rows.add(
                std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))));
        }
        default:
            throw std::logic_error("a column is neither integer nor text");
    }
}

/// Ends the statement's read transaction, whatever way its run ends.
class Run {
public:
    explicit Run(sqlite3_stmt* statement) : statement_(statement) {}
    ~Run() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

private:
    sqlite3_stmt* statement_;
};

/// Stops what the connection runs when time is up.
class Deadline {
public:
    Deadline(sqlite3* connection, std::optional<std::chrono::milliseconds> span)
        : connection_(span ? connection : nullptr) {
        if (!span) return;
        end_ = std::chrono::steady_clock::now() + *span;
        sqlite3_progress_handler(connection_, steps_between_clock_checks, &Deadline::has_passed, this);
    }
    ~Deadline() {
        if (connection_ != nullptr) sqlite3_progress_handler(connection_, 0, nullptr, nullptr);
    }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

private:
    static int has_passed(void* self) {
        return std::chrono::steady_clock::now() > static_cast<Deadline*>(self)->end_ ? 1 : 0;
    }

    sqlite3* connection_;
    std::chrono::steady_clock::time_point end_;
};

}  // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path& file, Access access) {
    // Nobody asks SQLite how much memory it has; counting costs it a lock shared by all connections for each
    // allocation. It obeys only before it is used for the first time.
    [[maybe_unused]] static const int is_uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    // Absolute: Debian's SQLite takes a name that begins with "file:" for a URI.
    const std::filesystem::path absolute = std::filesystem::absolute(file);
    if (access == Access::read_write) create_for_owner_only(absolute);
    const int mode =
        access == Access::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(absolute.c_str(), &opened, mode | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(opened);
    if (code != SQLITE_OK) {
        throw DatabaseError("cannot open " + absolute.string() + ": " +
                            (opened == nullptr ? "out of memory" : sqlite3_errmsg(opened)));
    }
    sqlite3_extended_result_codes(opened, 1);
    configure(access);
}

void SqliteConnection::configure(Access access) {
    // First: the other settings read the file, and may find it locked.
    wait_for_locks(access == Access::read_write ? writer_lock_wait : reader_lock_wait);
    // "x" is a column, never a text, as in PostgreSQL.
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    run_script("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON");
    if (access == Access::read_only) {
        // Mapped, pages cost no system call, and survive the commits that make a connection drop its own
        // cache.
        run_script("PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 1073741824");
        return;
    }
    const Rows mode = run(sql("PRAGMA journal_mode = WAL"));
    if (mode.empty() || mode.front()[0].text() != "wal") {
        throw DatabaseError("the file system cannot hold an SQLite database in WAL mode; use a local disk");
    }
    // Looks at every cell of a page before it is changed. Readers do without: their pages are mapped, and so
    // looked at anew at every read, which took a tenth of the time of a request.
    run_script("PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON");
}

void SqliteConnection::wait_for_locks(std::chrono::milliseconds longest) {
    sqlite3_busy_timeout(handle(), static_cast<int>(longest.count()));
}

Rows SqliteConnection::run(const Statement& statement,
                           std::optional<std::chrono::milliseconds> give_up_after) {
    const Prepared& prepared_statement = prepared(statement.sql);
    sqlite3_stmt* const running = prepared_statement.handle.get();
    if (statement.params.size() != prepared_statement.values) {
        throw std::logic_error("wrong number of values for: " + std::string(statement.sql));
    }
    const Run run(running);
    const Deadline deadline(handle(), give_up_after);

    int parameter = 0;
    for (const std::size_t value : prepared_statement.value_of_parameter) {
        if (bind(running, ++parameter, statement.params[value]) != SQLITE_OK) fail(statement.sql);
    }
    const int columns = sqlite3_column_count(running);
    Rows rows(static_cast<std::size_t>(columns));
    int code = SQLITE_OK;
    while ((code = sqlite3_step(running)) == SQLITE_ROW) {
        for (int column = 0; column < columns; ++column)
            add_cell(rows, running, column);
    }
    if (code != SQLITE_DONE) fail(statement.sql);
    return rows;
}

void SqliteConnection::run_script(std::string_view script) {
    const std::string text(script);
    if (sqlite3_exec(handle(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(script);
}

SqliteConnection::Prepared& SqliteConnection::prepared(std::string_view sql) {
    const auto known = prepared_.find(sql);
    if (known != prepared_.end()) return known->second;
    Prepared fresh = prepare(sql);
    if (prepared_.size() >= most_prepared) prepared_.clear();
    return prepared_.emplace(sql, std::move(fresh)).first->second;
}

SqliteConnection::Prepared SqliteConnection::prepare(std::string_view sql) const {
    sqlite3_stmt* made = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, &rest);
    Prepared prepared;
    prepared.handle.reset(made);
    if (code != SQLITE_OK) fail(sql);
    const std::string_view after(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
    if (made == nullptr || after.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        throw std::logic_error("not exactly one statement: " + std::string(sql));
    }
    const int parameters = sqlite3_bind_parameter_count(made);
    for (int parameter = 1; parameter <= parameters; ++parameter) {
        const std::size_t number = number_of(sqlite3_bind_parameter_name(made, parameter));
        prepared.value_of_parameter.push_back(number - 1);
        prepared.values = std::max(prepared.values, number);
    }
    return prepared;
}

void SqliteConnection::fail(std::string_view doing) const {
    const int extended_code = sqlite3_extended_errcode(handle());
    const int code = extended_code & 0xff;
    const std::string message = sqlite3_errmsg(handle());
    const std::string context = message + ", in: " + std::string(doing.substr(0, longest_quote));
    if (code == SQLITE_CONSTRAINT) throw DatabaseError(context, constraint_in(message));

    if (cannot_be_written(extended_code)) {
        log::error("the database cannot be written", {{"error", context}});
        throw Error::cannot_store();
    }
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_INTERRUPT) {
        log::warning("the database took too long", {{"error", context}});
        throw Error::busy();
    }
    throw DatabaseError(context);
}

}  // namespace alma::db
