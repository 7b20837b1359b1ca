/// The text form of Argon2 hashes, as the PHC string format defines it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alma::auth {

enum class Argon2 { i, id };

/// What a hash says of itself. The lengths are those of the decoded bytes.
struct PhcParameters {
    Argon2 variant = Argon2::id;
    std::uint32_t memory_kib = 0;
    std::uint32_t passes = 0;
    std::uint32_t lanes = 0;
    std::size_t salt_bytes = 0;
    std::size_t tag_bytes = 0;
};

/// Reads "$argon2id$v=19$m=65536,t=3,p=4$<salt>$<tag>": one of argon2i and argon2id, version 19, decimal
/// numbers without leading zeros, and base64 without padding (RFC 4648 section 4).
/// Absent when the text is anything else, or beyond what we are ready to compute: m from 8 KiB a lane to
/// 256 MiB, t from 1 to 10, p from 1 to 64, a salt of 8 to 64 bytes, a tag of 16 to 128 bytes.
std::optional<PhcParameters> parse_phc(std::string_view text);

}  // namespace alma::auth
