/// The signed hidden field of each form that was given out.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace alma::form {

/// Nobody fills in four fields faster, and no page is left open longer.
constexpr std::chrono::seconds least_fill_time{2};
constexpr std::chrono::hours longest_fill_time{24};

struct FormToken {
    Instant issued_at;
    std::string nonce;  ///< what makes two forms two
};

/// Signs and reads; immutable, used by every event loop at once.
class FormTokens {
public:
    explicit FormTokens(std::string secret) : secret_(std::move(secret)) {}

    /// "MICROSECONDS.NONCE.MAC", of characters that need no escaping anywhere.
    [[nodiscard]] std::string issue(Instant now) const;
    /// What a token says that was signed with our secret, however old it is; else nothing.
    [[nodiscard]] std::optional<FormToken> read(std::string_view token) const;

private:
    [[nodiscard]] std::string signature_of(std::string_view content) const;

    std::string secret_;
};

}  // namespace alma::form
