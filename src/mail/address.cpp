#include "mail/address.hpp"

#include "base/encoding.hpp"
#include "mail/gmime.hpp"

#include <algorithm>

namespace alma::mail {
namespace {

constexpr std::size_t max_address_bytes = 254;  // RFC 5321 section 4.5.3.1.3, without the brackets

constexpr bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

/// atext of RFC 5322 section 3.2.3, with RFC 6532's UTF-8.
constexpr bool is_atom_character(char c) {
    return is_alphanumeric(c) || !is_ascii(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

bool is_dot_atom(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.contains("..")) return false;
    return std::ranges::all_of(text, [](char c) { return c == '.' || is_atom_character(c); });
}

/// `"` ... `"`, with every inner `"` and `\` escaped.
bool is_quoted_string(std::string_view text) {
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return false;
        if (text[i] == '\\' && ++i == text.size()) return false;
    }
    return true;
}

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

/// Labels of letters, digits, '-' and '_', or an address literal (RFC 5321 section 4.1.3).
bool is_ascii_domain(std::string_view domain) {
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        return std::ranges::all_of(domain.substr(1, domain.size() - 2),
                                   [](char c) { return is_alphanumeric(c) || c == '.' || c == ':'; });
    }
    if (domain.empty() || domain.front() == '.' || domain.back() == '.' || domain.contains(".."))
        return false;
    return std::ranges::all_of(domain,
                               [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

/// The ASCII form (RFC 5891), as DNS knows the domain.
std::optional<std::string> ascii_domain(std::string_view domain) {
    if (std::ranges::all_of(domain, is_ascii)) {
        if (!is_ascii_domain(domain)) return std::nullopt;
        return std::string(domain);
    }
    initialize_gmime();
    const std::string any_address = "a@" + std::string(domain);
    const Ref<InternetAddress> mailbox(internet_address_mailbox_new(nullptr, any_address.c_str()));
    const char* const idn = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox.get()));
    const std::string_view ascii = std::string_view(idn).substr(2);
    if (!is_ascii_domain(ascii)) return std::nullopt;  // as it was, when IDNA does not allow it
    return std::string(ascii);
}

}  // namespace

std::optional<WireAddress> to_wire(std::string_view address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos || at == 0 || address.size() > max_address_bytes) return std::nullopt;
    if (!is_utf8(address) || has_control_character(address)) return std::nullopt;

    const std::string_view local = address.substr(0, at);
    const std::optional<std::string> domain = ascii_domain(address.substr(at + 1));
    if (!domain) return std::nullopt;
    // An '@' or a blank inside is allowed in quotes by the RFC, but libcurl cuts at the first '@', and no
    // address that was accepted has either.
    if (local.contains('@') || local.contains(' ')) return std::nullopt;

    WireAddress wire{
        .text = is_dot_atom(local) || is_quoted_string(local) ? std::string(local) : quote(local),
        .is_ascii = std::ranges::all_of(local, is_ascii)};
    wire.text += '@';
    wire.text += *domain;
    return wire;
}

}  // namespace alma::mail
