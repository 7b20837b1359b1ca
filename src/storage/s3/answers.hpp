/// The XML that S3 answers with: errors, and pages of a listing.
#pragma once

#include "storage/object_listing.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace alma::storage::s3 {

/// <Error><Code>NoSuchKey</Code>...</Error>
struct ErrorAnswer {
    std::string code;    ///< empty when the body is no such document
    std::string region;  ///< where the bucket is, when a wrong region was the error
};
ErrorAnswer parse_error(std::string_view xml);

/// <ListBucketResult>, of a listing with encoding-type=url.
struct ListingPage {
    std::vector<ObjectInfo> objects;
    std::string next;  ///< continuation token; empty: the last page
};
/// @throws std::runtime_error when it is no such document, or an entry lacks something
ListingPage parse_listing(std::string_view xml);

}  // namespace alma::storage::s3
