// File names and types as clients write them.
#include "leads/file_name.hpp"
#include "leads/resume_type.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (alma::leads::is_simple_file_name(text) && text.find_first_of("/\\\r\n\"") != std::string_view::npos)
        std::abort();
    if (alma::leads::resume_type_of(text) && !text.contains('.')) std::abort();
    alma::leads::is_acceptable_declared_type(text);
    return 0;
}
