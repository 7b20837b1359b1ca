#include "db/postgresql/postgresql_connection.hpp"

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "db/database.hpp"

#include <poll.h>

#include <array>
#include <charconv>
#include <stdexcept>

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

}  // namespace

PostgresqlConnection::PostgresqlConnection(const asio::any_io_executor& loop, PostgresqlSession session,
                                           Finished finished)
    : loop_(loop),
      session_(std::move(session)),
      socket_(loop, PQsocket(session_.get())),
      alarm_(loop),
      finished_(std::move(finished)) {
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
        finished_(std::move(request),
                  {.end = PostgresqlEnd::failed, .rows = {}, .failure = std::current_exception()});
        return;
    }
    const std::vector<Statement>& statements = request->statements;
    const bool is_transaction = request->is_transaction;
    last_deadline_ = request->deadline;
    is_dirty_ = true;
    sent_.push_back(
        {.request = std::move(request), .unanswered = statements.size(), .rows = {}, .ended = std::nullopt});
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (!send(statements[i], *entries[i])) return lose(PQerrorMessage(session_.get()));
    }
    watch_deadline();
    if (is_transaction) {
        sync();
    } else {
        sync_after_this_turn();
    }
}

bool PostgresqlConnection::send(const Statement& statement, PostgresqlStatements::Entry& entry) {
    using What = Expected::What;
    if (!entry.is_prepared) {
        if (PQsendPrepare(session_.get(), entry.name.c_str(), entry.text.c_str(), 0, nullptr) == 0)
            return false;
        entry.is_prepared = true;
        expected_.push_back({What::preparation, &entry, statement.sql, false});
    }
    const Values values(statement.params);
    if (PQsendQueryPrepared(session_.get(), entry.name.c_str(), values.size(), values.texts(), nullptr,
                            nullptr, 0) == 0) {
        return false;
    }
    expected_.push_back({What::statement, nullptr, statement.sql, false});
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
    expected_.push_back(
        {Expected::What::sync, nullptr, {}, !sent_.empty() && sent_.back().request->is_transaction});
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
    const bool is_readable = PQconsumeInput(session_.get()) == 1;
    // After the end, too: the server may have said why.
    while (is_open() && !expected_.empty() && PQisBusy(session_.get()) == 0) {
        const PostgresqlResult result(PQgetResult(session_.get()));
        if (result) {
            take(result.get());
        } else if (is_first_answered_) {
            answered();
        } else {
            break;
        }
    }
    if (!is_open()) return;
    if (!is_readable || PQstatus(session_.get()) == CONNECTION_BAD)
        return lose(PQerrorMessage(session_.get()));
    if (expected_.empty()) alarm_.cancel();
    wait_for_answers();
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
    const bool is_transaction = !sent_.empty() && sent_.front().request->is_transaction;
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
    if (sent.unanswered == 0 && !sent.request->is_transaction) finish_first();
}

void PostgresqlConnection::finish_first() {
    Sent sent = std::move(sent_.front());
    sent_.pop_front();
    PostgresqlOutcome outcome;
    if (sent.ended) {
        outcome = std::move(*sent.ended);
    } else {
        outcome.rows = std::move(sent.rows);
    }
    finished_(std::move(sent.request), std::move(outcome));
}

steady_clock::time_point PostgresqlConnection::earliest_deadline() const {
    steady_clock::time_point earliest = last_deadline_;
    for (const Sent& sent : sent_)
        earliest = std::min(earliest, sent.request->deadline);
    return earliest;
}

void PostgresqlConnection::watch_deadline() {
    if (is_watching_) {
        // Rarely: a request that has less time than those before it. The wait is cancelled, and begins anew.
        if (last_deadline_ < alarm_.expiry()) alarm_.cancel();
        return;
    }
    is_watching_ = true;
    alarm_.expires_at(earliest_deadline());
    alarm_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->is_watching_ = false;
        if (!self->is_open() || self->expected_.empty()) return;
        if (steady_clock::now() >= self->earliest_deadline()) return self->lose("it did not answer in time");
        self->watch_deadline();
    });
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
    const bool may_have_committed = !is_dirty_ && !is_flush_pending_;
    log::warning("a connection to the database ended", {{"reason", in_one_line(reason)}});
    close();
    expected_.clear();
    for (Sent& sent : std::exchange(sent_, {})) {
        PostgresqlOutcome outcome;
        if (sent.ended) {
            outcome = std::move(*sent.ended);
        } else {
            const bool is_unknown = sent.request->is_transaction && may_have_committed;
            outcome.end = is_unknown ? PostgresqlEnd::unknown : PostgresqlEnd::not_done;
        }
        finished_(std::move(sent.request), std::move(outcome));
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
