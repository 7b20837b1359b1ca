#include "storage/reconciliation.hpp"

#include "base/uuid.hpp"

#include <unistd.h>

namespace alma::storage {
namespace {

/// The name of a database that goes with this, whatever is thrown meanwhile.
struct PassingName {
    const std::filesystem::path file;

    explicit PassingName(std::filesystem::path path) : file(std::move(path)) {}
    ~PassingName() {
        for (const char* suffix : {"", "-wal", "-shm"})  // a connection begins in WAL mode
            ::unlink((file.string() + suffix).c_str());
    }
    PassingName(const PassingName&) = delete;
    PassingName& operator=(const PassingName&) = delete;
};

/// Opens the file and takes its name away: it is gone when the connection, or the process, ends.
db::SqliteConnection unnamed_database(const std::filesystem::path& directory) {
    const PassingName name(directory / (".store-check-" + to_text(random_uuid())));
    db::SqliteConnection connection(name.file, db::SqliteConnection::Access::read_write);
    // Nothing here need survive, and no second file may be opened by a name that is gone: the journal,
    // without which there is no rollback, is kept in memory.
    connection.run_script(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; "
        "PRAGMA cache_size = -16384; PRAGMA locking_mode = EXCLUSIVE");
    connection.run_script(R"(
        CREATE TABLE objects (key TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_at TEXT NOT NULL,
                              is_ours INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE intents (key TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE claims (key TEXT NOT NULL, lead TEXT NOT NULL, size INTEGER NOT NULL,
                             PRIMARY KEY (key, lead)) WITHOUT ROWID)");
    return connection;
}

/// Rows that are added together: all or, when one is refused, none.
class Batch {
public:
    explicit Batch(db::SqliteConnection& scratch) : scratch_(scratch) { scratch_.run_script("BEGIN"); }
    ~Batch() {
        if (scratch_.is_in_transaction())
            sqlite3_exec(scratch_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void commit() { scratch_.run_script("COMMIT"); }

private:
    db::SqliteConnection& scratch_;
};

}  // namespace

bool is_key_of_ours(std::string_view key) {
    constexpr std::size_t directory = 2;
    if (key.size() < directory + 2 || key[directory] != '/') return false;
    const std::string_view name = key.substr(directory + 1);
    const std::optional<Uuid> uuid = parse_uuid(name);
    return uuid && to_text(*uuid) == name && key.substr(0, directory) == name.substr(0, directory);
}

awaitable<std::vector<std::string>> list_upload_intents(db::Database& db, std::string after,
                                                        std::size_t limit) {
    static constexpr std::string_view select =
        "SELECT object_key FROM upload_intents WHERE object_key > $1 ORDER BY object_key LIMIT $2";
    const db::Rows rows = co_await db.search(db::sql(select, after, limit));
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < rows.size(); ++i)
        keys.emplace_back(rows[i][0].text());
    co_return keys;
}

Reconciliation::Reconciliation(const std::filesystem::path& directory)
    : scratch_(unnamed_database(directory)) {}

void Reconciliation::add(const std::vector<ObjectInfo>& objects) {
    Batch batch(scratch_);
    for (const ObjectInfo& object : objects)
        // A listing that goes on while objects come may show one twice.
        scratch_.run(db::sql(
            "INSERT OR REPLACE INTO objects (key, size, modified_at, is_ours) VALUES ($1, $2, $3, $4)",
            object.key, object.size, object.modified_at, is_key_of_ours(object.key)));
    batch.commit();
}

void Reconciliation::add(const std::vector<ObjectClaim>& claims) {
    Batch batch(scratch_);
    for (const ObjectClaim& claim : claims)
        scratch_.run(db::sql("INSERT OR REPLACE INTO claims (key, lead, size) VALUES ($1, $2, $3)", claim.key,
                             claim.lead, claim.size));
    batch.commit();
}

void Reconciliation::add_intents(const std::vector<std::string>& keys) {
    Batch batch(scratch_);
    for (const std::string& key : keys)
        scratch_.run(db::sql("INSERT OR IGNORE INTO intents (key) VALUES ($1)", key));
    batch.commit();
}

std::vector<UnmetClaim> Reconciliation::unmet_claims(const std::optional<ObjectClaim>& after,
                                                     std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT claims.lead, claims.key, claims.size, objects.size
        FROM claims LEFT JOIN objects ON objects.key = claims.key
        WHERE (claims.key, claims.lead) > ($1, $2) AND (objects.size IS NULL OR objects.size <> claims.size)
        ORDER BY claims.key, claims.lead LIMIT $3)";
    const db::Rows rows = scratch_.run(
        db::sql(select, after ? after->key : std::string(), after ? after->lead : std::string(), limit));
    std::vector<UnmetClaim> unmet;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const db::Row row = rows[i];
        unmet.push_back({.claim = {.lead = row.get<std::string>(0),
                                   .key = row.get<std::string>(1),
                                   .size = row.get<std::uint64_t>(2)},
                         .found_size = row.get<std::optional<std::uint64_t>>(3)});
    }
    return unmet;
}

std::vector<ObjectInfo> Reconciliation::orphans(const std::string& after, std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT key, size, modified_at FROM objects
        WHERE key > $1 AND is_ours AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.key = objects.key)
          AND NOT EXISTS (SELECT 1 FROM intents WHERE intents.key = objects.key)
        ORDER BY key LIMIT $2)";
    const db::Rows rows = scratch_.run(db::sql(select, after, limit));
    std::vector<ObjectInfo> orphans;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const db::Row row = rows[i];
        orphans.push_back({.key = row.get<std::string>(0),
                           .size = row.get<std::uint64_t>(1),
                           .modified_at = row.get<Instant>(2)});
    }
    return orphans;
}

Reconciliation::Tally Reconciliation::tally_until(Instant until) {
    static constexpr std::string_view select = R"(
        SELECT count(*),
               coalesce(sum(NOT EXISTS (SELECT 1 FROM claims WHERE claims.key = objects.key)
                            AND NOT EXISTS (SELECT 1 FROM intents WHERE intents.key = objects.key)), 0)
        FROM objects WHERE is_ours AND modified_at <= $1)";
    const db::Rows rows = scratch_.run(db::sql(select, until));
    return {.objects = rows.front().get<std::uint64_t>(0), .orphans = rows.front().get<std::uint64_t>(1)};
}

std::uint64_t Reconciliation::objects() {
    return scratch_.run(db::sql("SELECT count(*) FROM objects")).front().get<std::uint64_t>(0);
}

std::uint64_t Reconciliation::foreign_objects() {
    static constexpr std::string_view select = R"(
        SELECT count(*) FROM objects
        WHERE NOT is_ours AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.key = objects.key))";
    return scratch_.run(db::sql(select)).front().get<std::uint64_t>(0);
}

}  // namespace alma::storage
