#include "auth/authenticator.hpp"

#include "base/email_address.hpp"
#include "base/encoding.hpp"

namespace alma::auth {
namespace {

/// What follows "Bearer", in any case, and blanks (RFC 6750 section 2.1, RFC 9110 section 11.4).
std::optional<std::string_view> bearer_token(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const std::optional<std::string_view> value = request.header("Authorization");
    if (!value || !equals_ignoring_case(value->substr(0, scheme.size()), scheme)) return std::nullopt;
    const std::size_t begin = value->find_first_not_of(' ', scheme.size());
    if (begin == std::string_view::npos) return std::nullopt;
    return value->substr(begin);
}

std::chrono::sys_seconds second_of(Instant now) {
    return std::chrono::floor<std::chrono::seconds>(now);
}

}  // namespace

awaitable<std::optional<http::Principal>> Authenticator::operator()(const http::Request& request) {
    const std::optional<std::string_view> token = bearer_token(request);
    if (!token) co_return std::nullopt;
    const Instant now = clock_.now();
    if (std::optional<http::Principal> known = remembered(*token, now)) co_return known;

    const std::optional<VerifiedToken> verified = tokens_.verify(*token, now);
    if (!verified) co_return std::nullopt;
    // Before the read: a commit in between makes the proof count for less than it could, never for more.
    const std::optional<std::uint64_t> commits = db_.commits();
    std::optional<http::Principal> user = co_await active_user(verified->subject);
    if (user && commits) remember(*token, now, {*user, verified->end, *commits});
    co_return user;
}

awaitable<std::optional<http::Principal>> Authenticator::active_user(std::string_view email) {
    static constexpr std::string_view select = R"(
        SELECT id, email, role
        FROM users
        WHERE email_folded = $1 AND is_active = $2)";
    const db::Rows rows = co_await db_.read(db::sql(select, fold_email(email), true));
    if (rows.empty()) co_return std::nullopt;
    const db::Row row = rows.front();
    co_return http::Principal{
        .id = row.get<std::int64_t>(0), .email = row.get<std::string>(1), .role = row.get<http::Role>(2)};
}

std::optional<http::Principal> Authenticator::remembered(std::string_view token, Instant now) {
    const std::lock_guard lock(mutex_);
    if (second_of(now) != second_) return std::nullopt;
    const auto proof = proofs_.find(token);
    if (proof == proofs_.end()) return std::nullopt;
    if (now >= proof->second.end || proof->second.commits != db_.commits()) return std::nullopt;
    return proof->second.principal;
}

void Authenticator::remember(std::string_view token, Instant now, Proof proof) {
    const std::lock_guard lock(mutex_);
    if (second_of(now) != second_) proofs_.clear();
    second_ = second_of(now);
    if (proofs_.size() >= max_remembered && !proofs_.contains(token)) return;
    proofs_.insert_or_assign(std::string(token), std::move(proof));
}

}  // namespace alma::auth
