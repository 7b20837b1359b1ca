// What an S3 store sends: errors, pages of a listing, ranges, and the checksums in metadata.
#include "storage/s3/answers.hpp"
#include "storage/s3/piece_checksums.hpp"
#include "storage/s3/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

using namespace alma::storage::s3;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)parse_error(text);
    try {
        (void)parse_listing(text);
    } catch (const std::runtime_error&) {
        // no list
    }
    if (const auto object_size = object_size_in(text, 0); object_size && *object_size == 0) __builtin_trap();
    // What is taken for checksums says the same when it is written again.
    if (const auto checksums = PieceChecksums::parse(text, 300'000); checksums && checksums->text() != text) {
        // Only a number with leading zeros may differ.
        if (text.front() != '0') __builtin_trap();
    }
    return 0;
}
