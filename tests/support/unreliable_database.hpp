/// A database that refuses now and then, or is changed behind our back.
#pragma once

#include "base/error.hpp"
#include "db/database.hpp"

#include <exception>
#include <functional>
#include <string_view>
#include <utility>

namespace alma {

/// Passes everything on to a real one, but for the statements that it is told to fail.
class UnreliableDatabase final : public db::Database {
public:
    explicit UnreliableDatabase(db::Database& real) : real_(real) {}

    /// The next `times` transactions that hold a statement with this text throw `failure`.
    void fail(std::string_view text, int times, std::exception_ptr failure) {
        text_ = text;
        times_ = times;
        failure_ = std::move(failure);
    }
    /// `action` happens right before the next statement with this text.
    void before(std::string_view text, std::function<void()> action) {
        fail(text, 0, nullptr);
        action_ = std::move(action);
    }

    awaitable<db::Rows> read(db::Statement statement) override {
        fail_if_due(statement);
        return real_.read(std::move(statement));
    }
    awaitable<db::Rows> search(db::Statement statement) override {
        fail_if_due(statement);
        return real_.search(std::move(statement));
    }
    awaitable<std::optional<std::vector<db::Rows>>> write(std::vector<db::Statement> transaction) override {
        for (const db::Statement& statement : transaction)
            fail_if_due(statement);
        return real_.write(std::move(transaction));
    }
    using db::Database::write;
    awaitable<void> check() override { return real_.check(); }

private:
    void fail_if_due(const db::Statement& statement) {
        if (!statement.sql.contains(text_)) return;
        if (const auto action = std::exchange(action_, nullptr)) action();
        if (times_ == 0) return;
        --times_;
        std::rethrow_exception(failure_);
    }

    db::Database& real_;
    std::string_view text_;
    int times_ = 0;
    std::exception_ptr failure_;
    std::function<void()> action_;
};

inline std::exception_ptr busy() {
    return std::make_exception_ptr(Error(ErrorKind::unavailable, "The service is busy."));
}

}  // namespace alma
