#include "base/time.hpp"

#include <fmt/format.h>

#include <charconv>

namespace alma {
namespace {

/// Reads exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    int number = 0;
    if (text.size() < digits) return std::nullopt;
    const char* const end = text.data() + digits;
    const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped_at != end || number < 0) return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || !any_of.contains(text.front())) return false;
    text.remove_prefix(1);
    return true;
}

/// ".248539", or less of it: microseconds.
std::optional<int> take_fraction(std::string_view& text) {
    if (!take(text, ".")) return 0;
    const std::size_t digits = text.size();
    if (digits > 6) return std::nullopt;
    std::optional<int> fraction = take_number(text, digits);
    for (std::size_t i = digits; fraction && i < 6; ++i)
        *fraction *= 10;
    return fraction;
}

}  // namespace

std::string to_text(Instant instant) {
    using namespace std::chrono;
    const auto day = floor<days>(instant);
    const year_month_day date(day);
    const hh_mm_ss time(instant - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

std::optional<Instant> parse_instant(std::string_view text) {
    using namespace std::chrono;
    const auto y = take_number(text, 4);
    if (!y || !take(text, "-")) return std::nullopt;
    const auto mo = take_number(text, 2);
    if (!mo || !take(text, "-")) return std::nullopt;
    const auto d = take_number(text, 2);
    if (!d || !take(text, "T ")) return std::nullopt;
    const auto h = take_number(text, 2);
    if (!h || !take(text, ":")) return std::nullopt;
    const auto mi = take_number(text, 2);
    if (!mi || !take(text, ":")) return std::nullopt;
    const auto s = take_number(text, 2);
    if (!s) return std::nullopt;
    const auto us = take_fraction(text);
    if (!us || !text.empty()) return std::nullopt;

    const year_month_day date(year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d)));
    if (!date.ok() || *h > 23 || *mi > 59 || *s > 59) return std::nullopt;
    return Instant(sys_days(date)) + hours(*h) + minutes(*mi) + seconds(*s) + microseconds(*us);
}

}  // namespace alma
