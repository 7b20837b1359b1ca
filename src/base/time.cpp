#include "base/time.hpp"

#include <array>
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

/// Writes exactly that many decimal digits.
template <std::size_t digits>
void put_digits(char* at, unsigned number) {
    for (std::size_t i = digits; i > 0; number /= 10)
        at[--i] = static_cast<char>('0' + number % 10);
}

/// The same, and what stands behind them. @return where the next one goes
template <std::size_t digits>
char* put_number(char* at, unsigned number, char behind) {
    put_digits<digits>(at, number);
    at[digits] = behind;
    return at + digits + 1;
}

}  // namespace

void append_text(std::string& out, Instant instant) {
    using namespace std::chrono;
    const auto day = floor<days>(instant);
    const year_month_day date(day);
    const hh_mm_ss time(instant - day);
    // Not fmt: every line of the log and every lead has one or two.
    std::array<char, 26> text;
    char* end = text.data();
    end = put_number<4>(end, static_cast<unsigned>(static_cast<int>(date.year())), '-');
    end = put_number<2>(end, static_cast<unsigned>(date.month()), '-');
    end = put_number<2>(end, static_cast<unsigned>(date.day()), 'T');
    end = put_number<2>(end, static_cast<unsigned>(time.hours().count()), ':');
    end = put_number<2>(end, static_cast<unsigned>(time.minutes().count()), ':');
    end = put_number<2>(end, static_cast<unsigned>(time.seconds().count()), '.');
    put_digits<6>(end, static_cast<unsigned>(time.subseconds().count()));
    out.append(text.data(), text.size());
}

std::string to_text(Instant instant) {
    std::string text;
    append_text(text, instant);
    return text;
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
