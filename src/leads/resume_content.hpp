/// What the bytes of an upload show.
///
/// A lead is worth more than a strict check, so this looks for proof that a file is something else, not for
/// proof that it is a resume. All functions read the file and compute for up to some milliseconds: run them
/// with `offload`.
#pragma once

#include "storage/spool.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alma::leads {

/// The bytes of an upload, wherever they are. Views what it was made from.
class ResumeContent {
public:
    explicit ResumeContent(std::string_view bytes) : head_(bytes), size_(bytes.size()) {}
    explicit ResumeContent(const storage::Spool& spool)
        : head_(spool.head()), file_(spool.descriptor()), size_(spool.size()) {}

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The beginning; all of it when it is short.
    [[nodiscard]] std::string_view head() const { return head_; }
    /// At most `count` bytes from `offset` on; fewer only at the end. @throws std::system_error
    [[nodiscard]] std::string read(std::uint64_t offset, std::size_t count) const;

private:
    std::string_view head_;
    int file_ = -1;
    std::uint64_t size_;
};

/// Positively a program, a script, HTML, SVG, an image, sound, video, or an archive that is no DOCX.
/// Text, the types of resumes and bytes that nothing recognises are not.
bool is_something_else(const ResumeContent& content);

/// A ZIP archive whose directory names the parts that make it a Word document (ECMA-376 part 2): decided from
/// the directory alone, of at most 1,000 entries and 1 MiB. Nothing is inflated, so a bomb is as cheap as a
/// letter.
bool is_docx(const ResumeContent& content);

/// All of it is well-formed UTF-8.
bool is_utf8(const ResumeContent& content);

}  // namespace alma::leads
