/// Readers of single settings. All throw std::invalid_argument with what is wrong about the value, in words
/// that follow the variable's name: "is no number from 1 to 256". None repeats the value, which may be a
/// secret that got into the wrong place.
#pragma once

#include "http/server.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace alma::app {

/// Decimal digits only.
std::int64_t read_number(std::string_view text, std::int64_t least, std::int64_t most);

/// Decimal seconds, as in "1" or "0.25", from a millisecond to `most` seconds.
std::chrono::milliseconds read_seconds(std::string_view text, int most);

/// true, false, yes, no, on, off, 1, 0, in any case.
bool read_flag(std::string_view text);

/// "10.0.0.0/8, 192.168.1.1, fd00::/8": a single address is a network of one.
http::TrustedProxies read_proxies(std::string_view text);

/// An absolute http or https URL with a host, without user, query and fragment. @return it without final
/// slashes
std::string read_base_url(std::string_view text);

/// "https://www.firm.example, http://localhost:8080": scheme, host and port, in lower case.
std::vector<std::string> read_origins(std::string_view text);

/// At most 100 characters.
std::string read_short_text(std::string_view text);

/// SQLAlchemy's forms: "sqlite:///relative/path", "sqlite:////absolute/path".
std::filesystem::path read_sqlite_url(std::string_view text);

/// As storage::is_bucket_name says.
std::string read_bucket(std::string_view text);

/// "eu-central-1"; as storage::is_region_name says.
std::string read_region(std::string_view text);

bool is_ascii(std::string_view text);

/// "a@b.com" or "Firm <a@b.com>".
std::string read_sender(std::string_view text);

/// At least 32 bytes, and none of the placeholders that documentation shows.
std::string read_secret_key(std::string_view text);

/// A host name or an IP address, without port.
std::string read_host(std::string_view text);

/// An IP address of this machine, or a name whose first address is one. May wait for the resolver.
void require_own_address(const std::string& host);

}  // namespace alma::app
