#include "db/postgresql/postgresql_connection.hpp"

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "db/database.hpp"

#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace alma::db {
namespace {

using std::chrono::steady_clock;

/// A statement's values as libpq takes them: texts that the server reads as the types it has inferred.
class Values {
public:
    explicit Values(const std::vector<Param>& params) {
        numbers_.reserve(params.size());  // which must not move
        texts_.reserve(params.size());
        for (const Param& param : params)
            texts_.push_back(std::visit(*this, param));
    }

    [[nodiscard]] int size() const { return static_cast<int>(texts_.size()); }
    [[nodiscard]] const char* const* texts() const { return texts_.data(); }

    const char* operator()(std::monostate) { return nullptr; }
    const char* operator()(bool flag) { return flag ? "t" : "f"; }
    const char* operator()(std::int64_t number) {
        std::array<char, 24>& digits = numbers_.emplace_back();
        *std::to_chars(digits.begin(), digits.end() - 1, number).ptr = '\0';
        return digits.data();
    }
    const char* operator()(const std::string& text) { return text.c_str(); }

private:
    std::vector<std::array<char, 24>> numbers_;
    std::vector<const char*> texts_;
};

/// The server would refuse it, and with it the reads behind it that share its Sync.
bool is_no_text(const Param& param) {
    const auto* text = std::get_if<std::string>(&param);
    return text != nullptr && (text->contains('\0') || !is_utf8(*text));
}

/// @throws what the caller did wrong, before the server sees anything of it
void check(const Statement& statement, const PostgresqlStatements::Entry& entry) {
    if (statement.params.size() != entry.values)
        throw std::logic_error("wrong number of values for: " + std::string(statement.sql));
    if (std::ranges::any_of(statement.params, is_no_text))
        throw DatabaseError("PostgreSQL takes no text that holds a NUL or is no UTF-8, in: " +
                            std::string(statement.sql));
}

/// libpq sends by itself what has grown to 8 KiB. The server may have answered it by now, with what was true
/// before the next request came.
constexpr std::size_t certainly_unsent_bytes = 4096;

std::size_t bytes_of(const Statement& statement) {
    constexpr std::size_t messages = 128;  // Bind, Describe and Execute without their values
    std::size_t bytes = messages;
    for (const Param& param : statement.params) {
        const auto* text = std::get_if<std::string>(&param);
        bytes += text != nullptr ? text->size() : sizeof(std::int64_t);
    }
    return bytes;
}

/// A TLS record may hold more than one read of libpq's takes; the socket does not show the rest.
bool holds_decrypted(PGconn* session) {
    auto* tls = static_cast<SSL*>(PQsslStruct(session, "OpenSSL"));
    return tls != nullptr && SSL_pending(tls) > 0;
}

}  // namespace

PostgresqlConnection::PostgresqlConnection(const asio::any_io_executor& loop, PostgresqlSession session,
                                           std::chrono::milliseconds patience,
                                           PostgresqlConnectionEvents events)
    : loop_(loop),
      session_(std::move(session)),
      socket_(loop, PQsocket(session_.get())),
      alarm_(loop, [this] { look_at_deadlines(); }),
      patience_(patience),
      events_(std::move(events)) {
    if (PQsetnonblocking(session_.get(), 1) != 0 || PQenterPipelineMode(session_.get()) != 1) {
        socket_.release();
        throw std::runtime_error(in_one_line(PQerrorMessage(session_.get())));
    }
}

PostgresqlConnection::~PostgresqlConnection() {
    close();
}

void PostgresqlConnection::send(PostgresqlRequestPtr request) {
    std::vector<PostgresqlStatements::Entry*> entries;
    try {
        for (const Statement& statement : request->statements) {
            entries.push_back(&statements_.of(statement));
            check(statement, *entries.back());
        }
    } catch (...) {
        events_.finished(std::move(request),
                         {.end = PostgresqlEnd::failed, .rows = {}, .failure = std::current_exception()});
        return;
    }
    const std::vector<Statement>& statements = request->statements;
    const bool is_transaction = request->is_transaction;
    const bool is_repetition = repeats_the_last(*request);
    last_given_up_at_ = steady_clock::now() + patience_;
    is_dirty_ = true;
    sent_.push_back({.request = std::move(request),
                     .is_transaction = is_transaction,
                     .is_repetition = is_repetition,
                     .given_up_at = last_given_up_at_,
                     .unanswered = statements.size(),
                     .rows = {},
                     .ended = std::nullopt});
    for (std::size_t i = 0; i < statements.size() && !is_repetition; ++i) {
        if (!send(statements[i], *entries[i])) return lose(PQerrorMessage(session_.get()));
    }
    watch();
    if (is_transaction) {
        sync();
    } else {
        sync_after_this_turn();
    }
}

bool PostgresqlConnection::repeats_the_last(const PostgresqlRequest& request) const {
    const bool has_unsent_read = is_dirty_ && !is_flush_pending_ && !sent_.empty() && sent_.back().request &&
                                 !sent_.back().is_transaction;
    if (!has_unsent_read || request.is_transaction || unsynced_bytes_ > certainly_unsent_bytes) return false;
    return std::ranges::equal(
        request.statements, sent_.back().request->statements, [](const Statement& a, const Statement& b) {
            return a.sql.data() == b.sql.data() && a.sql.size() == b.sql.size() && a.params == b.params;
        });
}

bool PostgresqlConnection::send(const Statement& statement, PostgresqlStatements::Entry& entry) {
    using What = Expected::What;
    if (!entry.is_prepared) {
        if (PQsendPrepare(session_.get(), entry.name.c_str(), entry.text.c_str(), 0, nullptr) == 0)
            return false;
        entry.is_prepared = true;
        unsynced_bytes_ += entry.text.size();
        expected_.push_back({What::preparation, &entry, statement.sql, false});
    }
    const Values values(statement.params);
    if (PQsendQueryPrepared(session_.get(), entry.name.c_str(), values.size(), values.texts(), nullptr,
                            nullptr, 0) == 0) {
        return false;
    }
    expected_.push_back({What::statement, nullptr, statement.sql, false});
    unsynced_bytes_ += bytes_of(statement);
    return true;
}

void PostgresqlConnection::sync_after_this_turn() {
    if (is_sync_posted_) return;
    is_sync_posted_ = true;
    asio::post(loop_, [self = shared_from_this()] {
        self->is_sync_posted_ = false;
        if (self->is_open()) self->sync();
    });
}

void PostgresqlConnection::sync() {
    if (PQpipelineSync(session_.get()) == 0) return lose(PQerrorMessage(session_.get()));
    is_dirty_ = false;
    unsynced_bytes_ = 0;
    expected_.push_back({Expected::What::sync, nullptr, {}, !sent_.empty() && sent_.back().is_transaction});
    flush();
}

void PostgresqlConnection::flush() {
    const int left = PQflush(session_.get());
    if (left < 0) return lose(PQerrorMessage(session_.get()));
    is_flush_pending_ = left > 0;
    if (is_flush_pending_ && !is_writing_) {
        is_writing_ = true;
        socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                           [self = shared_from_this()](boost::system::error_code error) {
                               self->is_writing_ = false;
                               if (!self->is_open()) return;
                               if (error) return self->lose(error.message());
                               self->flush();
                           });
    }
    wait_for_answers();
}

void PostgresqlConnection::wait_for_answers() {
    if (is_reading_ || expected_.empty()) return;
    is_reading_ = true;
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                           self->is_reading_ = false;
                           if (!self->is_open()) return;
                           if (error) return self->lose(error.message());
                           self->receive();
                       });
}

void PostgresqlConnection::receive() {
    bool is_readable = true;
    do {
        is_readable = PQconsumeInput(session_.get()) == 1;
        take_results();  // after the end, too: the server may have said why
    } while (is_open() && is_readable && holds_decrypted(session_.get()));
    if (!is_open()) return;
    if (!is_readable || PQstatus(session_.get()) == CONNECTION_BAD)
        return lose(PQerrorMessage(session_.get()));
    if (expected_.empty()) alarm_.cancel();
    wait_for_answers();
}

void PostgresqlConnection::take_results() {
    while (is_open() && !expected_.empty() && PQisBusy(session_.get()) == 0) {
        const PostgresqlResult result(PQgetResult(session_.get()));
        if (result) {
            take(result.get());
        } else if (is_first_answered_) {
            answered();
        } else {
            return;
        }
    }
}

void PostgresqlConnection::take(const PGresult* result) {
    using What = Expected::What;
    const Expected& expected = expected_.front();
    switch (PQresultStatus(result)) {
        case PGRES_PIPELINE_SYNC: {
            const bool is_of_transaction = expected.is_of_transaction;
            expected_.pop_front();
            if (is_of_transaction) finish_first();
            return;
        }
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
            if (expected.what == What::statement) {
                try {
                    sent_.front().rows.push_back(rows_of(result));
                    for (auto same = sent_.begin() + 1; same != sent_.end() && same->is_repetition; ++same)
                        same->rows.push_back(rows_of(result));
                } catch (...) {
                    sent_.front().ended = {
                        .end = PostgresqlEnd::failed, .rows = {}, .failure = std::current_exception()};
                }
            }
            break;
        case PGRES_PIPELINE_ABORTED:  // for an error before it, perhaps of another read
            if (expected.what == What::preparation) expected.entry->is_prepared = false;
            if (!sent_.front().ended)
                sent_.front().ended = {.end = PostgresqlEnd::passed_over, .rows = {}, .failure = nullptr};
            break;
        default:
            take_error(result);
            break;
    }
    is_first_answered_ = true;
}

void PostgresqlConnection::take_error(const PGresult* result) {
    using What = Expected::What;
    // The server gives each of its errors a SQLSTATE; what has none is libpq's, whose connection has ended.
    if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == nullptr) return lose(PQresultErrorMessage(result));
    const Expected& expected = expected_.front();
    if (expected.what == What::preparation) expected.entry->is_prepared = false;
    const bool is_commit = expected.what == What::sync;
    const bool is_transaction = !sent_.empty() && sent_.front().is_transaction;
    PostgresqlOutcome outcome =
        outcome_of_error(result, is_commit ? PostgresqlPlace::commit : PostgresqlPlace::statement,
                         is_transaction, expected.sql);
    const bool is_unfit = outcome.end == PostgresqlEnd::not_done || outcome.end == PostgresqlEnd::unknown;
    if (!sent_.empty() && !sent_.front().ended) sent_.front().ended = std::move(outcome);
    if (is_unfit) lose(PQresultErrorMessage(result));
}

void PostgresqlConnection::answered() {
    is_first_answered_ = false;
    const Expected::What what = expected_.front().what;
    if (what == Expected::What::sync) return;  // an error before it
    expected_.pop_front();
    if (what == Expected::What::preparation) return;
    Sent& sent = sent_.front();
    --sent.unanswered;
    if (sent.unanswered == 0 && !sent.is_transaction) finish_first();
}

void PostgresqlConnection::finish_first() {
    const bool has_failed = sent_.front().ended.has_value();
    bool is_repetition = false;
    do {
        Sent sent = std::move(sent_.front());
        sent_.pop_front();
        // It may be worth another try, or fail by itself.
        if (is_repetition && has_failed)
            sent.ended = {.end = PostgresqlEnd::passed_over, .rows = {}, .failure = nullptr};
        finish(std::move(sent));
        // What is finished may close the connection, or have it send more.
        is_repetition = !sent_.empty() && sent_.front().is_repetition;
    } while (is_repetition);
}

void PostgresqlConnection::finish(Sent sent) {
    if (!sent.request) return events_.freed();
    PostgresqlOutcome outcome;
    if (sent.ended) {
        outcome = std::move(*sent.ended);
    } else {
        outcome.rows = std::move(sent.rows);
    }
    events_.finished(std::move(sent.request), std::move(outcome));
}

bool PostgresqlConnection::is_waited_for() const {
    return std::ranges::any_of(sent_, [](const Sent& sent) { return sent.request != nullptr; });
}

void PostgresqlConnection::watch() {
    auto earliest = sent_.empty() ? last_given_up_at_ : sent_.front().given_up_at;
    for (const Sent& sent : sent_) {
        if (sent.request) earliest = std::min(earliest, sent.request->deadline);
    }
    alarm_.ring_by(earliest);
}

void PostgresqlConnection::look_at_deadlines() {
    if (!is_open() || expected_.empty()) return;
    const auto self = shared_from_this();
    const auto now = steady_clock::now();
    std::vector<std::pair<PostgresqlRequestPtr, PostgresqlOutcome>> late;
    bool is_unsent = false;
    for (Sent& sent : sent_) {
        if (!sent.request || sent.request->deadline > now) continue;
        // A Sync that still lies here must not leave: it would commit what was answered.
        if (sent.is_transaction && (is_dirty_ || is_flush_pending_)) is_unsent = true;
        PostgresqlOutcome outcome = outcome_without_answer(sent);
        late.emplace_back(std::move(sent.request), std::move(outcome));
    }
    const auto given_up_at = sent_.empty() ? last_given_up_at_ : sent_.front().given_up_at;
    if (is_unsent || now >= given_up_at) {
        lose("it did not answer in time");
    } else {
        if (!late.empty()) log::warning("the database did not answer in time", {{"requests", late.size()}});
        watch();
    }
    for (auto& [request, outcome] : late)
        events_.finished(std::move(request), std::move(outcome));
}

/// What is known of a request whose answer will not be waited for, or cannot come.
PostgresqlOutcome PostgresqlConnection::outcome_without_answer(Sent& sent) const {
    if (sent.ended) return *std::exchange(sent.ended, std::nullopt);
    const bool may_commit = sent.is_transaction && !is_dirty_ && !is_flush_pending_;
    return {
        .end = may_commit ? PostgresqlEnd::unknown : PostgresqlEnd::not_done, .rows = {}, .failure = nullptr};
}

bool PostgresqlConnection::is_still_open() {
    if (!is_open()) return false;
    // Twice for the last words and the end behind them; once more for a notice.
    for (int looks = 0; looks < 3; ++looks) {
        pollfd look{.fd = PQsocket(session_.get()), .events = POLLIN, .revents = 0};
        if (::poll(&look, 1, 0) == 0) return true;
        if (PQconsumeInput(session_.get()) == 0 || PQstatus(session_.get()) == CONNECTION_BAD) break;
        PQisBusy(session_.get());  // reads the notice
    }
    close();
    return false;
}

void PostgresqlConnection::lose(std::string_view reason) {
    if (!is_open()) return;
    const auto self = shared_from_this();
    log::warning("a connection to the database ended", {{"reason", in_one_line(reason)}});
    close();
    expected_.clear();
    events_.lost();
    for (Sent& sent : std::exchange(sent_, {})) {
        if (!sent.request) continue;
        PostgresqlOutcome outcome = outcome_without_answer(sent);
        events_.finished(std::move(sent.request), std::move(outcome));
    }
}

void PostgresqlConnection::abandon() {
    close();
    expected_.clear();
    sent_.clear();
}

void PostgresqlConnection::close() {
    if (!is_open()) return;
    alarm_.cancel();
    socket_.release();  // the descriptor is libpq's to close
    session_.reset();
}

}  // namespace alma::db
