/// Records what must not wait for a disk.
#pragma once

#include "audit/log.hpp"
#include "base/async.hpp"
#include "db/database.hpp"

#include <atomic>
#include <memory>

namespace alma::audit {

/// For entries that belong to no transaction and whose caller is not to be slower for them: logins. Such an
/// entry is written behind its caller's back, in a commit that others share; a power cut in those
/// milliseconds loses it. May be used from every event loop at once.
class Recorder {
public:
    explicit Recorder(db::Database& db);

    /// Returns at once; but while `most_under_way` entries are being written it waits for this one, so that a
    /// database that is slow holds up whoever fills the log. What cannot be written is a line of the
    /// service's log.
    awaitable<void> record(Entry entry);
    /// Completes when all is written, or after two seconds.
    awaitable<void> drain();

    static constexpr int most_under_way = 64;

private:
    db::Database& db_;
    /// Shared with the writes under way, which may outlive this at shutdown.
    std::shared_ptr<std::atomic<int>> under_way_;
};

}  // namespace alma::audit
