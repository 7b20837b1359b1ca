#include "app/app.hpp"

#include "app/access_log.hpp"
#include "app/announcement.hpp"
#include "app/assets.hpp"
#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/parts.hpp"
#include "app/secret_key.hpp"
#include "app/version.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/uuid.hpp"
#include "storage/s3/s3_object_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <prometheus/gauge.h>

#include <csignal>
#include <cstdlib>

namespace alma::app {
namespace {

using namespace std::chrono_literals;

// Argon2id takes 64 MiB and a core per login: two at a time, and a short queue, bound both.
constexpr std::size_t password_threads = 2, waiting_logins = 16;
// Files block on a disk that may be far away. Those that wait for it together are made durable together: a
// journal is committed once for all of them.
constexpr std::size_t file_threads = 16, waiting_files = 256;
constexpr auto database_interval = 1s;
constexpr auto last_patience = 5s;
/// For all of stopping: 10 s for requests in flight, the rest for commands and mails that are under way.
constexpr auto stop_patience = 25s;

/// @return whether the schema is there
bool migrate_if_reachable(const Config& config) {
    try {
        migrate_to_newest(config);
        return true;
    } catch (const Error& error) {
        if (!config.uses_postgresql() || error.kind() != ErrorKind::unavailable) throw;
        log::error("not ready: the database cannot be used; trying again until it can",
                   {{"error", error.detail()}});
        return false;
    }
}

bool may_change_leads(const http::Exchange& exchange) {
    return exchange.route != nullptr && exchange.route->method != http::Method::get;
}

}  // namespace

App::App(Config config, std::string program)
    : config_(std::move(config)),
      program_(std::move(program)),
      directory_(config_.data_directory, config_.database(), "alma-leads serve", 1s),
      secret_key_(config_.secret_key.empty() ? load_or_make_secret_key(directory_.path())
                                             : config_.secret_key),
      process_name_(to_text(random_uuid())),
      passwords_("passwords", password_threads, waiting_logins),
      files_("files", file_threads, waiting_files),
      has_schema_(migrate_if_reachable(config_)),
      db_(open_database(config_)),
      objects_(make_object_store(config_, files_)),
      other_buckets_(config_.original_s3),
      resumes_(*objects_, other_buckets_),
      keys_(*db_, clock_, process_name_),
      mailer_(make_mailer(config_, files_)),
      accounts_(*db_, passwords_, clock_),
      tokens_(secret_key_, config_.token_lifetime),
      authenticate_(*db_, tokens_, clock_),
      throttle_({.per_account = config_.login_rate,
                 .secret = derive_key(secret_key_, "login sources"),
                 .scope = limit_scope()},
                clock_, *db_),
      link_throttle_({.per_source = config_.login_rate,
                      .secret = derive_key(secret_key_, "sources of requests for links"),
                      .scope = limit_scope()},
                     clock_, *db_),
      lead_limit_(make_lead_limit(config_, limit_scope(), clock_, *db_)),
      submission_rate_(lead_limit_.get(), derive_key(secret_key_, "client addresses")),
      submission_keys_(derive_key(secret_key_, "submission keys"), files_),
      audit_log_(*db_),
      loops_(loop_count(config_), watchdog_),
      audit_sealer_(*db_, loops_.first()),
      outbox_(make_outbox_config(config_, process_name_, link_key(secret_key_)), *db_, *mailer_, clock_,
              loops_.first(), registry_),
      invitations_(*db_, passwords_,
                   {.public_base_url = config_.outbox.public_base_url, .key = link_key(secret_key_)}, clock_,
                   [this] { outbox_.wake(); }),
      resender_(*db_, *mailer_, clock_, config_.outbox.public_base_url),
      intake_(*db_, *objects_, keys_, clock_, [this] { outbox_.wake(); }),
      eraser_(*db_, *objects_, clock_),
      login_(*db_, throttle_, passwords_, audit_log_, clock_),
      login_api_(login_, tokens_),
      session_api_(*db_, login_, tokens_, clock_),
      user_api_(accounts_, login_),
      link_api_(invitations_, link_throttle_),
      lead_api_(spool_directory(config_, directory_.path()), *db_, resumes_, intake_, submission_rate_,
                submission_keys_, files_, clock_),
      timeline_api_(*db_),
      case_api_(*db_, eraser_, clock_),
      notes_api_(*db_, clock_),
      bulk_api_(*db_, clock_),
      audit_api_(*db_),
      outbox_api_(*db_),
      failed_email_api_(*db_, resender_, clock_),
      failed_email_bulk_api_(*db_, resender_, clock_),
      form_api_({.firm_name = config_.firm_name,
                 .embed_origins = config_.form_embed_origins,
                 .spool_directory = spool_directory(config_, directory_.path()),
                 .secret = derive_key(secret_key_, "form tokens"),
                 .style = asset_path("apply.css"),
                 .script = asset_path("apply.js"),
                 .icon = asset_path("form-icon.svg")},
                intake_, submission_rate_, submission_keys_, files_, clock_, registry_),
      pages_(openapi_document()),
      welcome_(accounts_, config_.firm_name),
      control_(loops_.first(), directory_.path(),
               [this](Command command) { return execute(std::move(command), accounts_, invitations_); }),
      housekeeping_({.process_name = process_name_,
                     .is_only_process = is_only_process(),
                     .retention = config_.retention},
                    *db_, *objects_, eraser_, clock_, loops_.first()),
      database_timer_(loops_.first()) {
    probes_ = std::make_unique<Probes>(*db_, *objects_, newest_schema(config_),
                                       std::vector<const prometheus::Collectable*>{&registry_, &gauges_});
    const http::ServerConfig server = make_server_config(config_, file_threads + waiting_files);
    // Whoever listens keeps a connection: half of them are left for all others.
    publisher_ = std::make_unique<live::Publisher>(
        live::PublisherConfig{.most_listeners = std::max<std::size_t>(server.limits.connections / 2, 1)},
        *db_, loops_.first());
    events_api_ = std::make_unique<live::EventsApi>(
        *publisher_, [this](http::Request& request) { return authenticate_.again(request); });
    router_ =
        std::make_unique<http::Router>(routes({.login = &login_api_,
                                               .audit = &audit_api_,
                                               .links = &link_api_,
                                               .sessions = &session_api_,
                                               .users = &user_api_,
                                               .leads = &lead_api_,
                                               .timelines = &timeline_api_,
                                               .cases = &case_api_,
                                               .notes = &notes_api_,
                                               .bulk = &bulk_api_,
                                               .events = events_api_.get(),
                                               .outbox = &outbox_api_,
                                               .failed_emails = &failed_email_api_,
                                               .failed_emails_bulk = &failed_email_bulk_api_,
                                               .form = &form_api_,
                                               .pages = &pages_,
                                               .welcome = &welcome_,
                                               .probes = probes_.get()}),
                                       [this](http::Request& request) { return authenticate_(request); });
    http_metrics_ = std::make_unique<HttpMetrics>(router_->routes(), loop_count(config_));
    server_ = std::make_unique<http::Server>(server, *router_, loops_.all(),
                                             [this](const http::Exchange& exchange) {
                                                 http_metrics_->count(exchange);
                                                 log_exchange(exchange);
                                                 if (may_change_leads(exchange)) publisher_->wake();
                                             });
    probes_->add(*http_metrics_);

    gauges_.add("alma_http_connections", "Open connections.",
                [this] { return static_cast<double>(server_->connections()); });
    gauges_.add("alma_event_streams", "Clients that listen to changes of leads.",
                [this] { return static_cast<double>(publisher_->listeners()); });
    gauges_.add("alma_password_jobs_waiting", "Logins that wait for a thread.",
                [this] { return static_cast<double>(passwords_.waiting()); });
    gauges_.add("alma_file_jobs_waiting", "File operations that wait for a thread.",
                [this] { return static_cast<double>(files_.waiting()); });
    gauges_.add(
        "alma_log_lines_dropped_total", "Lines of the log that nobody took in time.",
        [] { return static_cast<double>(log::dropped_lines()); }, prometheus::MetricType::Counter);
    if (const auto* s3 = dynamic_cast<const storage::S3ObjectStore*>(objects_.get())) {
        gauges_.add("alma_s3_requests_waiting", "Requests to the S3 store that wait for a connection.",
                    [s3] { return static_cast<double>(s3->waiting()); });
        // Uploads pass through a file here, which no check of the bucket sees.
        probes_->require("uploads", [this] { return check_spools(); });
    }
    add_process_gauges(gauges_);
    prometheus::BuildGauge()
        .Name("alma_build_info")
        .Help("The version that runs.")
        .Register(registry_)
        .Add({{"version", std::string(version())}})
        .Set(1);
}

App::~App() = default;

void App::run() {
    std::signal(SIGPIPE, SIG_IGN);
    std::exception_ptr failure;
    asio::co_spawn(loops_.first(), serve(), [&](std::exception_ptr error) {
        failure = std::move(error);
        loops_.finish(last_patience, failure);
    });
    loops_.run();
    log::flush();
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> App::serve() {
    asio::signal_set signals(loops_.first(), SIGTERM, SIGINT);
    co_await start();
    co_await signals.async_wait(asio::use_awaitable);
    const auto drain_time = std::chrono::duration<double>(config_.server.limits.drain_time);
    log::info("stopping: requests in flight are finished", {{"seconds_at_most", drain_time.count()}});
    signals.async_wait([](boost::system::error_code error, int) {
        if (error) return;
        log::warning("stopped at once by a second signal");
        log::flush();
        std::_Exit(1);
    });
    co_await stop();
    log::info("stopped");
}

awaitable<void> App::start() {
    const bool has_users = !has_schema_ || co_await take_up_work();
    control_.start();
    server_->start();
    asio::co_spawn(loops_.first(), look_at_store(), asio::detached);
    announce(config_, directory_.path(), server_->port());
    if (!has_users) announce_first_steps();
    if (!has_schema_) asio::co_spawn(loops_.first(), wait_for_database(), asio::detached);
}

awaitable<bool> App::take_up_work() {
    if (lead_limit_) co_await lead_limit_->restore();
    co_await throttle_.restore();
    co_await link_throttle_.restore();
    const bool has_users = !co_await accounts_.is_empty();
    outbox_.start(is_only_process());
    audit_sealer_.start();
    housekeeping_.start();
    co_return has_users;
}

awaitable<void> App::wait_for_database() {
    std::string problem;
    while (!is_stopping_) {
        database_timer_.expires_after(database_interval);
        boost::system::error_code cancelled;
        co_await database_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        if (is_stopping_) co_return;
        try {
            auto migrate = [this] { migrate_to_newest(config_); };
            co_await offload(files_, std::move(migrate));
            const bool has_users = co_await take_up_work();
            log::info("ready: the database can be used");
            if (!has_users) announce_first_steps();
            co_return;
        } catch (const std::exception& failure) {
            // Once for each reason, not once a second.
            if (problem != failure.what()) log::error("not ready", {{"error", failure.what()}});
            problem = failure.what();
        }
    }
}

awaitable<void> App::stop() {
    loops_.end_within(stop_patience);
    probes_->drain();
    publisher_->stop();
    co_await server_->stop();
    co_await control_.stop();
    co_await outbox_.stop();
    co_await audit_log_.drain();
    co_await audit_sealer_.stop();
    is_stopping_ = true;
    database_timer_.cancel();
    housekeeping_.stop();
}

void App::announce_first_steps() const {
    app::announce_first_steps(config_, directory_.path(), server_->port(), program_);
}

/// A store that cannot be used now is no reason not to start: it may come back without us. But whoever starts
/// the service must see why it is not ready.
awaitable<void> App::look_at_store() {
    try {
        co_await objects_->check();
    } catch (const std::exception& failure) {
        log::error("the store of resumes cannot be used; /readyz answers 503 until it can",
                   {{"error", failure.what()}});
    }
}

awaitable<void> App::check_spools() {
    auto job = [directory = spool_directory(config_, directory_.path())] {
        check_writable(open_directory(directory).get(), directory.string());
    };
    co_await finish_within(2s, offload(files_, std::move(job)), "The disk of uploads does not answer.");
}

}  // namespace alma::app
