/// Hashes that stand for what must not be stored.
#pragma once

#include <string>
#include <string_view>

namespace alma::limits {

/// BLAKE2b (RFC 7693) of `text`, keyed with `secret` of any length: without the secret, neither the text nor
/// whether two deployments saw the same one can be told. 32 hexadecimal characters, of 128 bits.
/// @param domain what the text is ("address"): equal texts of two domains have different hashes
std::string keyed_hash(std::string_view domain, std::string_view text, std::string_view secret);

}  // namespace alma::limits
