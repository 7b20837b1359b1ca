#include "db/composed_statement.hpp"

#include <mutex>
#include <unordered_set>

namespace alma::db {
namespace {

std::string_view kept(std::string text) {
    static std::mutex mutex;
    static std::unordered_set<std::string> texts;  // whose elements never move
    const std::lock_guard lock(mutex);
    return *texts.insert(std::move(text)).first;
}

}  // namespace

Statement ComposedStatement::build() && {
    return {.sql = kept(std::move(text)), .params = std::move(params_)};
}

}  // namespace alma::db
