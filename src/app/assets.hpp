/// What the binary serves to browsers, embedded and compressed at build time.
#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace alma::app {

/// Under which rules an asset is served. A file's name has the hash of its content, and it may be kept for
/// ever; the others are pages: HTML at a fixed path, asked for anew each time, each under a content security
/// policy of its own.
enum class AssetKind { file, docs, inbox, preview };

struct Asset {
    std::string_view path;  ///< of an URL; names the content's hash unless it is a page
    std::string_view content_type;
    std::string_view gzip;  ///< the content, compressed
    std::size_t size;       ///< bytes before compression
    std::string_view hash;  ///< of the content
    AssetKind kind;

    [[nodiscard]] bool is_page() const { return kind != AssetKind::file; }
};

std::span<const Asset> assets();
/// The path of what is called "apply.css" but for its hash: "/assets/apply.0123456789abcdef.css".
/// @throws std::logic_error when there is none
std::string_view asset_path(std::string_view name);
/// Null when there is none at that path.
const Asset* find_asset(std::string_view path);

/// Whether Accept-Encoding (RFC 9110 section 12.5.3) takes gzip: "br;q=1.0, gzip;q=0.8" does, "gzip;q=0" does
/// not. An absent header does not.
bool accepts_gzip(const http::Request& request);

/// 200 with the asset, compressed when the client takes that; 304 when it has it. Costs no memory of its
/// size.
http::Response asset_response(const http::Request& request, const Asset& asset);

}  // namespace alma::app
