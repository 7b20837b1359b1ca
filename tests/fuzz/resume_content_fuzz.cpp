// The bytes of an upload: signatures, text rules, ZIP and OLE directories, libmagic.
#include "leads/resume_content.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const alma::leads::ResumeContent content(bytes);
    const bool is_refused = alma::leads::is_something_else(content);
    alma::leads::is_utf8(content);
    // A DOCX is never something else, unless it begins as another format.
    if (alma::leads::is_docx(content) && bytes.starts_with("PK\3\4") && is_refused) std::abort();
    return 0;
}
