/// Files of tests/fixtures.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace alma {

/// The bytes of tests/fixtures/NAME.
inline std::string fixture(const std::string& name) {
    const std::filesystem::path path = std::filesystem::path(ALMA_FIXTURES) / name;
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("no fixture " + path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace alma
