#include "storage/s3/digest.hpp"

#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

TEST(Digest, IsThatOfAllPortionsTogether) {
    // FIPS 180-2 appendix B.1, RFC 1321 appendix A.5.
    Digest sha256 = Digest::sha256();
    Digest md5 = Digest::md5();
    for (const char* portion : {"a", "", "bc"}) {
        sha256.add(portion);
        md5.add(portion);
    }
    EXPECT_EQ(sha256.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(md5.hex(), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(Digest::md5().hex(), "d41d8cd98f00b204e9800998ecf8427e");
}

}  // namespace
}  // namespace alma::storage::s3
