/// What the person who starts the service reads.
#pragma once

#include "app/config.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace alma::app {

/// Where the service listens, what it offers there, and where its data is.
void announce(const Config& config, const std::filesystem::path& data_directory, std::uint16_t port);

/// There is no user yet: the commands that make the first admin, to be pasted.
/// @param program how this one was called
void announce_first_steps(const Config& config, const std::filesystem::path& data_directory,
                          std::uint16_t port, const std::string& program);

}  // namespace alma::app
