/// The one place that wires: builds and owns everything that serves.
#pragma once

#include "app/config.hpp"
#include "app/control.hpp"
#include "app/data_directory.hpp"
#include "app/event_loops.hpp"
#include "app/gauges.hpp"
#include "app/housekeeping.hpp"
#include "app/http_metrics.hpp"
#include "app/pages.hpp"
#include "app/probes.hpp"
#include "app/routes.hpp"
#include "app/watchdog.hpp"
#include "app/welcome.hpp"
#include "audit/audit_api.hpp"
#include "audit/recorder.hpp"
#include "audit/sealer.hpp"
#include "auth/authenticator.hpp"
#include "auth/login.hpp"
#include "auth/login_api.hpp"
#include "auth/login_throttle.hpp"
#include "auth/token.hpp"
#include "db/database.hpp"
#include "form/form_api.hpp"
#include "http/server.hpp"
#include "leads/bulk_api.hpp"
#include "leads/case_api.hpp"
#include "leads/eraser.hpp"
#include "leads/intake.hpp"
#include "leads/lead_api.hpp"
#include "leads/notes_api.hpp"
#include "leads/resume_source.hpp"
#include "leads/submission_key.hpp"
#include "leads/submission_rate.hpp"
#include "leads/timeline_api.hpp"
#include "limits/limit.hpp"
#include "live/events_api.hpp"
#include "live/publisher.hpp"
#include "mail/failed_email_api.hpp"
#include "mail/failed_email_bulk_api.hpp"
#include "mail/mailer.hpp"
#include "mail/outbox.hpp"
#include "mail/outbox_api.hpp"
#include "mail/resender.hpp"
#include "storage/object_keys.hpp"
#include "storage/object_store.hpp"
#include "storage/s3/other_buckets.hpp"
#include "users/accounts.hpp"
#include "users/invitations.hpp"
#include "users/link_api.hpp"
#include "users/link_throttle.hpp"
#include "users/session_api.hpp"
#include "users/user_api.hpp"

#include <boost/asio/steady_timer.hpp>
#include <prometheus/registry.h>

#include <memory>
#include <optional>

namespace alma::app {

/// Built once; run once. What is declared later is destroyed earlier: event loops outlive what has timers and
/// sockets on them, databases and pools outlive the coroutines that the loops still hold.
class App {
public:
    /// Takes DATA_DIR, brings the schema up to date, opens everything and binds the address. A PostgreSQL
    /// server that cannot be used is only logged: the service is then not ready until it can.
    /// @throws Error with one line for the person who starts it
    /// @param program how this one was called, for commands that are to be pasted
    App(Config config, std::string program);
    ~App();

    /// Serves until SIGTERM or SIGINT, then finishes what is in flight. A second signal ends the process at
    /// once, with status 1.
    void run();

private:
    awaitable<void> serve();
    awaitable<void> start();
    awaitable<void> stop();
    /// All that needs the database, once its schema is there. @return whether there is a user
    awaitable<bool> take_up_work();
    /// Until a database that was away at the start can be used.
    awaitable<void> wait_for_database();
    void announce_first_steps() const;
    /// What is written down for other processes there can only be an earlier one's.
    [[nodiscard]] bool is_only_process() const { return !config_.uses_postgresql(); }
    [[nodiscard]] limits::Scope limit_scope() const {
        return is_only_process() ? limits::Scope::process : limits::Scope::database;
    }
    awaitable<void> look_at_store();
    awaitable<void> check_spools();

    Watchdog watchdog_;  ///< first: over the end of all the others
    Config config_;
    std::string program_;
    DataDirectory directory_;
    std::string secret_key_;
    std::string process_name_;  ///< of leases and upload intents: another one each time
    SystemClock clock_;
    prometheus::Registry registry_;
    WorkerPool passwords_;
    WorkerPool files_;
    bool has_schema_ = false;
    std::unique_ptr<db::Database> db_;
    std::unique_ptr<storage::ObjectStore> objects_;
    storage::OtherBuckets other_buckets_;
    leads::ResumeSource resumes_;
    storage::ObjectKeys keys_;
    std::unique_ptr<mail::Mailer> mailer_;
    users::Accounts accounts_;
    auth::TokenSigner tokens_;
    auth::Authenticator authenticate_;
    auth::LoginThrottle throttle_;
    users::LinkThrottle link_throttle_;
    std::unique_ptr<limits::Limit> lead_limit_;
    leads::SubmissionRate submission_rate_;
    leads::SubmissionKeys submission_keys_;

    audit::Recorder audit_log_;

    EventLoops loops_;
    audit::Sealer audit_sealer_;
    mail::OutboxWorker outbox_;
    users::Invitations invitations_;
    mail::Resender resender_;
    leads::Intake intake_;
    leads::Eraser eraser_;

    auth::Login login_;
    auth::LoginApi login_api_;
    users::SessionApi session_api_;
    users::UserApi user_api_;
    users::LinkApi link_api_;
    leads::LeadApi lead_api_;
    leads::TimelineApi timeline_api_;
    leads::CaseApi case_api_;
    leads::NotesApi notes_api_;
    leads::BulkApi bulk_api_;
    audit::AuditApi audit_api_;
    mail::OutboxApi outbox_api_;
    mail::FailedEmailApi failed_email_api_;
    mail::FailedEmailBulkApi failed_email_bulk_api_;
    std::unique_ptr<live::Publisher> publisher_;
    std::unique_ptr<live::EventsApi> events_api_;
    form::FormApi form_api_;
    Pages pages_;
    Welcome welcome_;
    Gauges gauges_;
    std::unique_ptr<HttpMetrics> http_metrics_;
    std::unique_ptr<Probes> probes_;

    std::unique_ptr<http::Router> router_;
    std::unique_ptr<http::Server> server_;
    ControlServer control_;
    Housekeeping housekeeping_;
    asio::steady_timer database_timer_;
    bool is_stopping_ = false;
};

}  // namespace alma::app
