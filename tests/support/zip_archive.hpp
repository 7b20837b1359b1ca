/// ZIP archives for tests, with whatever entries and lies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alma {

/// A little-endian number of `width` bytes.
inline std::string little_endian(std::uint64_t number, std::size_t width) {
    std::string bytes;
    for (std::size_t i = 0; i < width; ++i)
        bytes += static_cast<char>(number >> (8 * i));
    return bytes;
}

struct ZipEntry {
    std::string name;
    std::string content{};
    std::uint32_t claimed_size = 0;  ///< unpacked, as the directory says
};

/// Stored entries without checksums: enough for what reads directories.
inline std::string zip_archive(const std::vector<ZipEntry>& entries, std::string_view comment = {}) {
    std::string files;
    std::string directory;
    for (const ZipEntry& entry : entries) {
        const std::string sizes =
            little_endian(entry.content.size(), 4) + little_endian(entry.claimed_size, 4);
        const std::string about = little_endian(20, 2) + std::string(10, '\0') + little_endian(0, 2);
        directory += "PK\1\2" + little_endian(20, 2) + about.substr(0, 14) + sizes.substr(0, 8) +
                     little_endian(entry.name.size(), 2) + std::string(12, '\0') +
                     little_endian(files.size(), 4) + entry.name;
        files += "PK\3\4" + about + sizes + little_endian(entry.name.size(), 2) + little_endian(0, 2) +
                 entry.name + entry.content;
    }
    const std::string count = little_endian(entries.size(), 2);
    return files + directory + "PK\5\6" + std::string(4, '\0') + count + count +
           little_endian(directory.size(), 4) + little_endian(files.size(), 4) +
           little_endian(comment.size(), 2) + std::string(comment);
}

/// The same, of files whose contents do not matter.
inline std::string zip_of(const std::vector<std::string>& names) {
    std::vector<ZipEntry> entries;
    for (const std::string& name : names)
        entries.push_back({.name = name, .content = "<x/>"});
    return zip_archive(entries);
}

}  // namespace alma
