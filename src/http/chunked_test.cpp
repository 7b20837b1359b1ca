#include "http/chunked.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace alma::http {
namespace {

struct Decoded {
    std::string content;
    bool is_done = false;
    std::string rest;
    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view body, std::size_t piece) {
    ChunkedDecoder decoder;
    Decoded decoded;
    while (!body.empty() && !decoder.is_done()) {
        const std::string fed(body.substr(0, piece));
        body.remove_prefix(fed.size());
        std::string_view input = fed;
        while (!input.empty() && !decoder.is_done())
            decoded.content += decoder.decode(input);
        decoded.rest = input;
    }
    decoded.is_done = decoder.is_done();
    decoded.rest += body;
    return decoded;
}

bool is_refused(std::string_view body) {
    try {
        decode(body, 1 << 20);
    } catch (const Error& error) {
        return error.kind() == ErrorKind::malformed;
    }
    return false;
}

TEST(Chunked, PutsChunksTogetherAndDropsTheRest) {
    const std::string body =
        "5\r\nhello\r\n1;name=\"a b\";x\r\n \r\n00A\r\nworld\r\n123\r\n0;last\r\nX-Trailer: 1\r\nY: "
        "2\r\n\r\nGET /";
    const Decoded expected{.content = "hello world\r\n123", .is_done = true, .rest = "GET /"};
    for (std::size_t piece = 1; piece <= body.size(); ++piece)
        EXPECT_EQ(decode(body, piece), expected) << piece;
}

TEST(Chunked, RefusesWhatReadersDisagreeOn) {
    for (const char* body : {"\r\n",
                             "x\r\n",
                             "-1\r\n",
                             "+1\r\na\r\n",
                             "0x1\r\na\r\n",
                             " 1\r\na\r\n",
                             "1 \r\na\r\n",
                             "1\na\n0\n\n",
                             "1\r\nab\r\n",
                             "1\r\na\n0\r\n\r\n",
                             "1\r\naX0\r\n\r\n",
                             "1;a\nb\r\na\r\n",
                             "1;a\rb\r\na\r\n",
                             "FFFFFFFFFFFFFFFFF\r\n",
                             "FFFFFFFFFFFFFFFF\r\n",
                             "00000000000000001\r\na\r\n",
                             "0\r\nX: a\nY: b\r\n\r\n",
                             "0\r\nX: a\rY\r\n\r\n",
                             "1_0\r\n",
                             ";x\r\n",
                             "1;\x01\r\na"}) {
        EXPECT_TRUE(is_refused(body)) << body;
    }
}

TEST(Chunked, BoundsLinesExtensionsAndTrailers) {
    EXPECT_FALSE(is_refused("1;" + std::string(200, 'x') + "\r\na\r\n0\r\n\r\n"));
    EXPECT_TRUE(is_refused("1;" + std::string(256, 'x') + "\r\na\r\n0\r\n\r\n"));
    std::string many;
    for (int i = 0; i < 30; ++i)
        many += "1;" + std::string(200, 'x') + "\r\na\r\n";
    EXPECT_TRUE(is_refused(many));
    EXPECT_FALSE(is_refused("0\r\nX: " + std::string(4000, 'x') + "\r\n\r\n"));
    EXPECT_TRUE(is_refused("0\r\nX: " + std::string(4096, 'x') + "\r\n\r\n"));
}

}  // namespace
}  // namespace alma::http
