/// Statements that are put together of parts, for lists with many filters.
#pragma once

#include "db/statement.hpp"

#include <fmt/format.h>

namespace alma::db {

/// Numbers the values of a statement as its text is written:
///
///     ComposedStatement statement;
///     statement.text = fmt::format("SELECT id FROM leads WHERE status = {}", statement.value(status));
class ComposedStatement {
public:
    std::string text;

    /// @return the placeholder
    template <class T>
    std::string value(const T& value) {
        params_.push_back(to_param(value));
        return fmt::format("${}", params_.size());
    }

    /// The text is kept for ever, since its address is the key of prepared statements: it may differ by what
    /// the program decides, which is a few ways, and never by what a client sent.
    Statement build() &&;

private:
    std::vector<Param> params_;
};

}  // namespace alma::db
