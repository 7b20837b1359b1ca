#include "app/assets.hpp"

#include "base/encoding.hpp"
#include "http/conditional.hpp"
#include "http/grammar.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#define ALMA_ASSET(symbol, ...)             \
    extern "C" const char symbol##_begin[]; \
    extern "C" const char symbol##_end[];
#include "web/assets.inc"
#undef ALMA_ASSET

namespace alma::app {
namespace {

#define ALMA_ASSET(symbol, path, type, size, hash, kind)                                             \
    Asset{path,                                                                                      \
          type,                                                                                      \
          std::string_view(symbol##_begin, static_cast<std::size_t>(symbol##_end - symbol##_begin)), \
          size,                                                                                      \
          hash,                                                                                      \
          AssetKind::kind},
const std::array table = {
#include "web/assets.inc"
};
#undef ALMA_ASSET

constexpr std::size_t piece_bytes = 64 * 1024;

/// The embedded bytes as they are.
class CompressedSource final : public http::BodySource {
public:
    explicit CompressedSource(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

    awaitable<std::string_view> next() override {
        const std::string_view piece = rest_.substr(0, piece_bytes);
        rest_.remove_prefix(piece.size());
        co_return piece;
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return size_; }

private:
    std::string_view rest_;
    std::uint64_t size_;
};

/// The embedded bytes, decompressed piece by piece.
class PlainSource final : public http::BodySource {
public:
    explicit PlainSource(const Asset& asset) : size_(asset.size), buffer_(piece_bytes, '\0') {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(asset.gzip.data()));
        stream_.avail_in = static_cast<uInt>(asset.gzip.size());
        constexpr int gzip_window = 15 + 16;  // zlib.h, inflateInit2: the largest window, gzip's header
        if (inflateInit2(&stream_, gzip_window) != Z_OK) throw std::bad_alloc();
    }
    ~PlainSource() override { inflateEnd(&stream_); }
    PlainSource(const PlainSource&) = delete;
    PlainSource& operator=(const PlainSource&) = delete;

    awaitable<std::string_view> next() override {
        if (is_done_) co_return std::string_view();
        stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_out = static_cast<uInt>(buffer_.size());
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END) throw std::logic_error("an embedded asset is damaged");
        is_done_ = result == Z_STREAM_END;
        co_return std::string_view(buffer_).substr(0, buffer_.size() - stream_.avail_out);
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return size_; }

private:
    std::uint64_t size_;
    std::string buffer_;
    z_stream stream_{};
    bool is_done_ = false;
};

/// ";q=0", ";q=0.000"
bool is_refused(std::string_view parameters) {
    const std::size_t q = parameters.find("q=");
    return q != std::string_view::npos &&
           parameters.substr(q + 2).find_first_not_of("0. \t") == std::string_view::npos;
}

// Swagger UI runs under this without any inline script or style, but not under Trusted Types.
constexpr const char* docs_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Nothing here makes HTML from text, so no Trusted Types policy is allowed at all.
constexpr const char* inbox_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

// A prospect's file is drawn here. Sandboxed: an opaque origin, which has no cookie and may read nothing of
// the service. It can connect to nothing, and what it draws came by postMessage from the inbox.
constexpr const char* preview_policy =
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; img-src blob: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

void add_page_headers(http::Response& response, AssetKind kind) {
    switch (kind) {
        case AssetKind::file:
            // An opaque origin counts as another one, and the files are the same for everyone.
            response.with("Cross-Origin-Resource-Policy", "cross-origin");
            break;
        case AssetKind::docs:
            response.with("Content-Security-Policy", docs_policy);
            break;
        case AssetKind::inbox:
            response.with("Content-Security-Policy", inbox_policy);
            break;
        case AssetKind::preview:
            response.with("Content-Security-Policy", preview_policy).with("X-Frame-Options", "SAMEORIGIN");
            break;
    }
}

}  // namespace

std::span<const Asset> assets() {
    return table;
}

std::string_view asset_path(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    const std::string begin = fmt::format("/assets/{}.", name.substr(0, dot));
    const std::string_view end = name.substr(dot);
    const auto is_called_so = [&](const Asset& asset) {
        return asset.path.starts_with(begin) && asset.path.ends_with(end) &&
               asset.path.size() == begin.size() + asset.hash.size() + end.size();
    };
    const auto found = std::ranges::find_if(table, is_called_so);
    if (found == table.end()) throw std::logic_error("no asset " + std::string(name));
    return found->path;
}

const Asset* find_asset(std::string_view path) {
    const auto found = std::ranges::find(table, path, &Asset::path);
    return found == table.end() ? nullptr : &*found;
}

bool accepts_gzip(const http::Request& request) {
    const auto header = request.header("Accept-Encoding");
    if (!header) return false;
    return std::ranges::any_of(http::split_list(*header), [](std::string_view element) {
        const std::size_t semicolon = std::min(element.find(';'), element.size());
        const std::string_view coding = http::trim_whitespace(element.substr(0, semicolon));
        return (equals_ignoring_case(coding, "gzip") || coding == "*") &&
               !is_refused(element.substr(semicolon));
    });
}

http::Response asset_response(const http::Request& request, const Asset& asset) {
    http::Response response;
    // Weak: one tag for both encodings of the same content.
    const std::string etag = fmt::format("W/\"{}\"", asset.hash);
    response.with("ETag", etag)
        .with("Vary", "Accept-Encoding")
        .with("Cache-Control", asset.is_page() ? "no-cache" : "public, max-age=31536000, immutable");
    // Also with a 304: what it says takes the place of what the browser has stored (RFC 9111 section 3.2),
    // and the default policy would stop the stored page.
    add_page_headers(response, asset.kind);
    if (http::has_current(request, etag)) {
        response.status = http::Status::not_modified;
        return response;
    }
    response.content_type = asset.content_type;
    if (accepts_gzip(request)) {
        response.with("Content-Encoding", "gzip");
        response.source = std::make_unique<CompressedSource>(asset.gzip);
    } else {
        response.source = std::make_unique<PlainSource>(asset);
    }
    return response;
}

}  // namespace alma::app
