#include "storage/s3/endpoint.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace alma::storage::s3 {
namespace {

std::string encoded_path(std::string_view path) {
    std::string text;
    while (true) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        text += percent_encode(path.substr(0, slash));
        if (slash == path.size()) return text;
        text += '/';
        path.remove_prefix(slash + 1);
    }
}

/// China's regions have a domain of their own.
std::string aws_host(const S3Config& config, bool is_virtual) {
    return fmt::format("{}s3.{}.amazonaws.com{}", is_virtual ? config.bucket + "." : "", config.region,
                       config.region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

Endpoint::Endpoint(const S3Config& config) {
    if (config.endpoint.empty()) {
        const bool is_virtual = !config.bucket.contains('.');
        host_ = aws_host(config, is_virtual);
        origin_ = "https://" + host_;
        if (!is_virtual) base_ = "/" + encoded_path(config.bucket);
        return;
    }
    const auto url =
        boost::urls::parse_uri(boost::urls::string_view(config.endpoint.data(), config.endpoint.size()));
    if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->encoded_host().empty())
        throw Error(ErrorKind::invalid, config.names.endpoint + " is no http:// or https:// URL");
    const std::string scheme(url->scheme().data(), url->scheme().size());
    const auto name = url->encoded_host();
    host_ = ascii_lower({name.data(), name.size()});
    const std::string port(url->port().data(), url->port().size());
    if (!port.empty() && port != (scheme == "https" ? "443" : "80")) host_ += ":" + port;
    origin_ = scheme + "://" + host_;
    std::string_view path(url->encoded_path().data(), url->encoded_path().size());
    while (path.ends_with('/'))
        path.remove_suffix(1);
    base_ = std::string(path) + "/" + encoded_path(config.bucket);
}

std::string Endpoint::path_of(std::string_view key) const {
    if (key.empty()) return base_.empty() ? "/" : base_;
    return base_ + "/" + encoded_path(key);
}

}  // namespace alma::storage::s3
