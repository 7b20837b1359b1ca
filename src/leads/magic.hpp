/// File types by libmagic.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alma::leads {

constexpr std::size_t max_magic_bytes = 64 * 1024;

/// The media type of binary data by its beginning, of which max_magic_bytes count;
/// "application/octet-stream" when nothing recognises it. Meant for data that is no text: some of libmagic's
/// patterns for text take 0.4 s. May be called from any thread, and blocks while another one is here: a
/// database costs 8 MB of memory, and a call one or two milliseconds, so that one for all serves better than
/// one for each. The first call loads it.
/// @throws std::runtime_error when the database of libmagic is not installed
std::string magic_type_of(std::string_view head);

}  // namespace alma::leads
