#include "leads/resume_content.hpp"

#include "base/encoding.hpp"
#include "leads/little_endian.hpp"
#include "leads/magic.hpp"
#include "leads/text_content.hpp"

#include <algorithm>
#include <array>

namespace alma::leads {
namespace {

using namespace std::string_view_literals;

/// The first bytes of what is no resume, short of doubt: they are not how any text begins. libmagic wants to
/// see more than these before it gives a name to some of them.
constexpr std::array foreign_signatures = {
    "\x7F"
    "ELF"sv,       // Linux programs
    "MZ\x90\0"sv,  // Windows programs, as every linker writes them
    "\xCF\xFA\xED\xFE"sv,
    "\xCE\xFA\xED\xFE"sv,
    "\xFE\xED\xFA\xCF"sv,
    "\xFE\xED\xFA\xCE"sv,  // macOS programs
    "\xCA\xFE\xBA\xBE"sv,  // Java classes, macOS universal programs
    "\0asm"sv,             // WebAssembly
    "dex\n0"sv,            // Android
    "\x89PNG\r\n\x1A\n"sv,
    "GIF87a"sv,
    "GIF89a"sv,
    "\xFF\xD8\xFF"sv,
    "8BPS\0\1"sv,  // images
    "ID3\2\0"sv,
    "ID3\3\0"sv,
    "ID3\4\0"sv,
    "OggS\0"sv,
    "fLaC\0"sv,  // sound
    "Rar!\x1A\7"sv,
    "7z\xBC\xAF\x27\x1C"sv,
    "\xFD"
    "7zXZ\0"sv,
    "\x1F\x8B\x08"sv,  // archives
    "\x28\xB5\x2F\xFD"sv,
    "MSCF\0\0\0\0"sv,
    "!<arch>\n"sv,
    "%!PS-Adobe"sv,
    "\xC5\xD0\xD3\xC6"sv,  // PostScript, as text and in an envelope
};

/// Archives of the ZIP family: with files, without, and in several volumes.
constexpr std::array zip_signatures = {"PK\3\4"sv, "PK\5\6"sv, "PK\7\x08"sv};

/// Word 97 to 2003, and an encrypted DOCX.
constexpr std::string_view ole_signature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;

/// What libmagic may say of binary data and be believed. Types that it gives on two bytes or fewer are not
/// among them: of random bytes, it takes one file in a hundred for a DOS program and one in two thousand for
/// sound.
constexpr std::array foreign_types = {
    "application/gzip"sv,
    "application/java-archive"sv,
    "application/vnd.android.package-archive"sv,
    "application/vnd.debian.binary-package"sv,
    "application/vnd.ms-cab-compressed"sv,
    "application/wasm"sv,
    "application/x-7z-compressed"sv,
    "application/x-archive"sv,
    "application/x-bzip2"sv,
    "application/x-coredump"sv,
    "application/x-executable"sv,
    "application/x-gtar"sv,
    "application/x-iso9660-image"sv,
    "application/x-java-applet"sv,
    "application/x-lz4"sv,
    "application/x-lzip"sv,
    "application/x-mach-binary"sv,
    "application/x-ms-shortcut"sv,
    "application/x-pie-executable"sv,
    "application/x-rar"sv,
    "application/x-rpm"sv,
    "application/x-sharedlib"sv,
    "application/x-shockwave-flash"sv,
    "application/x-tar"sv,
    "application/x-ustar"sv,
    "application/x-xz"sv,
    "application/zstd"sv,
    "audio/flac"sv,
    "audio/midi"sv,
    "audio/ogg"sv,
    "audio/x-aiff"sv,
    "audio/x-m4a"sv,
    "audio/x-wav"sv,
    "image/avif"sv,
    "image/bmp"sv,
    "image/gif"sv,
    "image/heic"sv,
    "image/heif"sv,
    "image/jp2"sv,
    "image/jpeg"sv,
    "image/png"sv,
    "image/tiff"sv,
    "image/vnd.adobe.photoshop"sv,
    "image/vnd.djvu"sv,
    "image/vnd.microsoft.icon"sv,
    "image/webp"sv,
    "image/x-ms-bmp"sv,
    "image/x-xcf"sv,
    "video/3gpp"sv,
    "video/mp4"sv,
    "video/mpeg"sv,
    "video/ogg"sv,
    "video/quicktime"sv,
    "video/webm"sv,
    "video/x-flv"sv,
    "video/x-m4v"sv,
    "video/x-matroska"sv,
    "video/x-ms-asf"sv,
    "video/x-msvideo"sv,
};

/// libmagic's types of Windows programs; it gives them also to what merely begins with a jump.
constexpr std::array windows_program_types = {"application/x-dosexec"sv,
                                              "application/vnd.microsoft.portable-executable"sv};

template <std::size_t N>
bool begins_with_one_of(std::string_view text, const std::array<std::string_view, N>& signatures) {
    return std::ranges::any_of(signatures, [text](std::string_view s) { return text.starts_with(s); });
}

/// Bytes from the start of one frame of MPEG-1 layer III to the next (ISO 11172-3 section 2.4.2.3); 0: no
/// frame.
std::size_t mp3_frame_bytes(std::string_view frame) {
    constexpr std::array<unsigned, 16> kilobits = {0,   32,  40,  48,  56,  64,  80,  96,
                                                   112, 128, 160, 192, 224, 256, 320, 0};
    constexpr std::array<unsigned, 4> hertz = {44'100, 48'000, 32'000, 0};
    if (frame.size() < 3 || frame[0] != '\xFF' || (frame[1] & '\xFE') != '\xFA') return 0;
    const auto flags = static_cast<unsigned char>(frame[2]);
    const unsigned rate = hertz[(flags >> 2) & 3];
    if (rate == 0) return 0;
    return 144'000 * kilobits[flags >> 4] / rate + ((flags >> 1) & 1);
}

/// Sound without an ID3 tag begins with nothing but eleven set bits; two frames in a row are no accident.
bool is_mp3(std::string_view head) {
    const std::size_t first = mp3_frame_bytes(head);
    return first > 0 && first < head.size() && mp3_frame_bytes(head.substr(first)) > 0;
}

/// A Windows Installer package: an OLE file like a DOC, with a class of its own in its root ([MS-CFB]
/// section 2.6.1).
bool is_installer(const ResumeContent& ole) {
    constexpr std::string_view class_id = "\x84\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0F"sv;
    constexpr std::size_t header_bytes = 76;
    constexpr std::size_t entry_bytes = 128;
    const std::string header = ole.read(0, header_bytes);
    if (header.size() < header_bytes) return false;
    const std::uint32_t sector_shift = little_endian_at(header, 30, 2);
    if (sector_shift > 12) return false;
    const std::uint64_t directory_sector = little_endian_at(header, 48, 4);
    const std::string root = ole.read((directory_sector + 1) << sector_shift, entry_bytes);
    return root.size() == entry_bytes && std::string_view(root).substr(80, class_id.size()) == class_id;
}

bool is_foreign_by_magic(std::string_view head) {
    const std::string type = magic_type_of(head);
    return std::ranges::find(foreign_types, type) != foreign_types.end() ||
           (head.starts_with("MZ") &&
            std::ranges::find(windows_program_types, type) != windows_program_types.end());
}

/// The length of an UTF-8 sequence at the end of `text` that is cut short: 0 to 3 bytes.
std::size_t cut_sequence(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte < 0x80) return 0;
        if (byte >= 0xC0) return back < (byte >= 0xF0 ? 4u : byte >= 0xE0 ? 3u : 2u) ? back : 0;
    }
    return 0;
}

}  // namespace

std::string ResumeContent::read(std::uint64_t offset, std::size_t count) const {
    if (offset >= size_) return {};
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
    if (offset + count <= head_.size()) return std::string(head_.substr(offset, count));
    std::string bytes;
    read_some(file_, bytes, count, offset);
    return bytes;
}

bool is_something_else(const ResumeContent& content) {
    // No more than libmagic gets: what is no text for us must be none for it, or it takes its time over it.
    const std::string_view head = content.head().substr(0, max_magic_bytes);
    if (begins_with_one_of(head, foreign_signatures)) return true;
    if (begins_with_one_of(head, zip_signatures)) return !is_docx(content);
    // Our own rules for text: libmagic calls a resume that speaks of <html> a web page and one that begins
    // with a telephone number an archive, and takes 0.4 s for 128 KiB of line ends.
    if (is_text(head)) return is_script(head) || is_web_page(head);
    if (head.starts_with("%PDF-")) return false;
    if (head.starts_with(ole_signature)) return is_installer(content);
    return is_mp3(head) || is_foreign_by_magic(head);
}

bool is_utf8(const ResumeContent& content) {
    constexpr std::size_t piece_bytes = 64 * 1024;
    std::uint64_t offset = 0;
    while (offset < content.size()) {
        const std::string piece = content.read(offset, piece_bytes);
        const bool is_last = piece.empty() || offset + piece.size() >= content.size();
        const std::size_t cut = is_last ? 0 : cut_sequence(piece);
        if (!alma::is_utf8(std::string_view(piece).substr(0, piece.size() - cut))) return false;
        if (is_last) return true;
        offset += piece.size() - cut;
    }
    return true;
}

}  // namespace alma::leads
