#include "http/multipart.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace alma::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Part {
    std::string name;
    std::optional<std::string> file_name;
    std::string type;
    std::string content;
    bool operator==(const Part&) const = default;
};

/// Parses the body in pieces; each is a copy that is gone before the next, so that ASan sees a view kept too
/// long. @param piece gives the length of the next one
template <class Piece>
std::vector<Part> parse(std::string_view body, std::string_view boundary, Piece piece) {
    MultipartParser parser(boundary);
    std::vector<Part> parts;
    while (!body.empty()) {
        const std::string fed(body.substr(0, piece()));
        body.remove_prefix(fed.size());
        parser.feed(fed);
        for (auto event = parser.next(); event != MultipartParser::Event::need_more; event = parser.next()) {
            if (event == MultipartParser::Event::part_begin) {
                parts.push_back(
                    {parser.part().name, parser.part().file_name, parser.part().content_type, {}});
            } else if (event == MultipartParser::Event::data) {
                EXPECT_FALSE(parser.data().empty());
                parts.back().content += parser.data();
            }
        }
    }
    parser.finish();
    return parts;
}
std::vector<Part> parse(std::string_view body, std::size_t piece = 1 << 20) {
    return parse(body, "B", [piece] { return piece; });
}

std::string part(std::string_view disposition, std::string_view content, std::string_view more_header = "") {
    return fmt::format("--B\r\nContent-Disposition: {}\r\n{}\r\n{}\r\n", disposition, more_header, content);
}
std::string field(std::string_view name, std::string_view content) {
    return part(fmt::format("form-data; name=\"{}\"", name), content);
}

std::string refusal(std::string_view body, std::size_t piece = 1 << 20) {
    try {
        parse(body, piece);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::malformed);
        return error.detail();
    }
    return "";
}

std::vector<Part> one_file(std::string_view disposition) {
    return parse(part(disposition, "x") + "--B--\r\n");
}

TEST(Multipart, CutsABodyIntoItsParts) {
    const std::string body = field("first_name", "Łukasz") +
                             part("form-data; name=\"resume\"; filename=\"cv.pdf\"", "%PDF\r\n--b\r\n",
                                  "Content-Type: application/pdf\r\n") +
                             "--B--\r\n";
    const std::vector<Part> expected{{"first_name", std::nullopt, "", "Łukasz"},
                                     {"resume", "cv.pdf", "application/pdf", "%PDF\r\n--b\r\n"}};
    for (std::size_t piece = 1; piece <= body.size(); ++piece)
        EXPECT_EQ(parse(body, piece), expected) << piece;
}

TEST(Multipart, TakesWhatStandsAroundTheParts) {
    EXPECT_EQ(parse("preamble\r\n" + field("a", "1") + "--B--").size(), 1u);
    EXPECT_EQ(parse("\r\n" + field("a", "1") + "--B--\r\nepilogue").size(), 1u);
    EXPECT_EQ(parse("--B \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--").size(), 1u);
    EXPECT_EQ(parse("--B--").size(), 0u);
}

TEST(Multipart, TakesPartsWithoutContent) {
    EXPECT_EQ(parse(field("a", "") + "--B--"), (std::vector<Part>{{"a", std::nullopt, "", ""}}));
    // RFC 2046: without content, the line break after the header is that of the delimiter.
    const std::string shared = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--";
    for (std::size_t piece = 1; piece <= shared.size(); ++piece)
        EXPECT_EQ(parse(shared, piece), (std::vector<Part>{{"a", std::nullopt, "", ""}})) << piece;
}

TEST(Multipart, KeepsContentThatLooksLikeADelimiter) {
    for (const std::string content : {"\r\n--", "\r\n-", "\r\n", "\r", "\r\r\n--A", "--B",
                                      "x\r\n--\r\n--A\r\n", "\r\n\r\n--C", "\n--B\n"}) {
        const std::string body = field("a", content) + "--B--";
        for (std::size_t piece = 1; piece <= body.size(); ++piece) {
            // "--B" right behind the header is the delimiter itself (see TakesPartsWithoutContent).
            if (content == "--B") continue;
            EXPECT_EQ(parse(body, piece), (std::vector<Part>{{"a", std::nullopt, "", content}})) << piece;
        }
    }
}

TEST(Multipart, TakesFileNamesAsBrowsersAndCurlSendThem) {
    EXPECT_EQ(one_file(R"(form-data; name="r"; filename="a \"b\".pdf")")[0].file_name, R"(a "b".pdf)");
    EXPECT_EQ(one_file(R"(form-data; name="r"; filename="a%22b%0D%0A.pdf")")[0].file_name, "a%22b%0D%0A.pdf");
    EXPECT_EQ(one_file(R"(form-data; name="r"; filename="C:\docs\cv.pdf")")[0].file_name,
              R"(C:\docs\cv.pdf)");
    EXPECT_EQ(one_file(R"(form-data; name="r"; filename="a;b=c.pdf")")[0].file_name, "a;b=c.pdf");
    EXPECT_EQ(one_file("form-data; name=r; filename=\"\u5f20\u4f1f.pdf\"")[0].file_name, "张伟.pdf");
    EXPECT_EQ(one_file("FORM-DATA;NAME=r;FILENAME=cv.pdf;")[0].file_name, "cv.pdf");
    EXPECT_EQ(one_file(R"(form-data; name="r"; filename="")")[0].file_name, "");
    EXPECT_EQ(one_file("form-data; name=r; filename=\"\xff.pdf\"")[0].file_name, "\u{fffd}.pdf");
}

TEST(Multipart, PrefersThePlainFileNameToTheExtendedOne) {
    EXPECT_EQ(one_file("form-data; name=r; filename*=UTF-8''evil.exe; filename=cv.pdf")[0].file_name,
              "cv.pdf");
    EXPECT_EQ(one_file("form-data; name=r; filename*=utf-8'en'%C5%81.pdf")[0].file_name, "Ł.pdf");
    EXPECT_EQ(one_file("form-data; name=r; filename*=latin1''x.pdf")[0].file_name, std::nullopt);
    EXPECT_EQ(one_file("form-data; name=r; filename*=UTF-8''a%0D%0Ab.pdf")[0].file_name, "a\r\nb.pdf")
        << "what a file may be called is not said here";
}

TEST(Multipart, RefusesMalformedParts) {
    for (const std::string_view disposition :
         {"form-data", "attachment; name=a", "form-data; name=\"a", "form-data; name=a; name=b",
          "form-data; name=a; filename=x; filename=y", "form-data; name", "form-data; =a",
          "form-data; name=a b"}) {
        EXPECT_NE(refusal(part(disposition, "x") + "--B--"), "") << disposition;
    }
    EXPECT_NE(refusal("--B\r\n\r\nx\r\n--B--"), "");
    EXPECT_NE(refusal("--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--"), "");
    EXPECT_NE(refusal("--B\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nx\r\n--B--"), "");
    EXPECT_NE(refusal(part("form-data; name=a", "x", "Content-Disposition: form-data; name=b\r\n") + "--B--"),
              "");
    EXPECT_NE(refusal(part("form-data; name=a", "x", "no colon\r\n") + "--B--"), "");
    EXPECT_NE(refusal("--Bx\r\n"), "");
    EXPECT_NE(refusal("--B-x"), "");
    EXPECT_NE(refusal("--B\nContent-Disposition: form-data; name=a\n\nx\n--B--"), "");
}

TEST(Multipart, RefusesABodyThatIsCutShort) {
    const std::string body = field("a", "1") + field("b", "2") + "--B--";
    for (std::size_t length = 0; length < body.size(); ++length)
        EXPECT_NE(refusal(body.substr(0, length)), "") << length;
}

TEST(Multipart, GivesTheSamePartsHoweverTheBodyIsSplit) {
    std::mt19937 random(7);
    const auto up_to = [&](std::size_t max) {
        return std::uniform_int_distribution<std::size_t>(0, max)(random);
    };
    for (int round = 0; round < 300; ++round) {
        std::string body;
        const std::size_t count = up_to(4);
        for (std::size_t i = 0; i < count; ++i) {
            std::string content;
            const std::size_t length = up_to(60);
            for (std::size_t k = 0; k < length; ++k)
                content += "\r\n-B x"[up_to(5)];
            if (content.starts_with("--B")) content = "x" + content;
            while (content.contains("\r\n--B"))
                content.replace(content.find("\r\n--B"), 2, "..");
            body += field("f", content);
        }
        body += "--B--\r\n";
        const std::vector<Part> whole = parse(body);
        EXPECT_EQ(whole.size(), count);
        EXPECT_EQ(parse(body, "B", [&] { return 1 + up_to(9); }), whole) << body;
    }
}

// The classes of faults that other parsers had, by one report each.

TEST(MultipartCve, Cve202424762BackslashesInTheBoundaryCostNothing) {
    EXPECT_THROW(boundary_of("multipart/form-data; !=\"" + std::string(100'000, '\\')), Error);
    EXPECT_THROW(MultipartParser(std::string(40, '\\')), Error);
}

TEST(MultipartCve, Cve202640347HugePreambleOrEpilogueIsRefused) {
    const std::string padding(5000, 'x');
    EXPECT_THAT(refusal(padding + "\r\n--B--"), HasSubstr("outside"));
    EXPECT_THAT(refusal(field("a", "1") + "--B--\r\n" + padding, 100), HasSubstr("outside"));
}

TEST(MultipartCve, Cve202642561EndlessPartHeaderIsRefused) {
    const std::string body =
        "--B\r\nContent-Disposition: form-data; name=a\r\nX: " + std::string(1 << 20, 'x');
    EXPECT_THAT(refusal(body, 1000), HasSubstr("too long"));
    std::string many = "--B\r\n";
    for (int i = 0; i < 2000; ++i)
        many += "X: y\r\n";
    EXPECT_THAT(refusal(many, 1), HasSubstr("too long"));
}

TEST(MultipartCve, Cve202453981DataAfterTheLastBoundaryIsBounded) {
    EXPECT_EQ(refusal("--B--\r\n" + std::string(4000, '\n')), "");
    EXPECT_NE(refusal("--B--\r\n" + std::string(1 << 20, '\n'), 1), "");
}

TEST(MultipartCve, Cve202346136CrlfDenseDataTakesLinearTime) {
    std::string content;
    while (content.size() < (8u << 20))
        content += "\r\n--\r\n-\r";
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<Part> parts = parse(field("a", content) + "--B--", 4096);
    EXPECT_EQ(parts.at(0).content.size(), content.size());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(MultipartCve, Ghsa5rvqCxj264vfSeparatorsTakeLinearTime) {
    const std::string body = part("form-data; name=a" + std::string(3900, ';'), "x") + "--B--";
    EXPECT_NE(refusal(body), "");
}

TEST(MultipartCve, Cve201816789LongBoundaryIsRefused) {
    EXPECT_THROW(MultipartParser(std::string(71, 'b')), Error);
    EXPECT_NO_THROW(MultipartParser(std::string(70, 'b')));
    EXPECT_THROW(MultipartParser(""), Error);
    EXPECT_THROW(MultipartParser("a\r\nb"), Error);
    EXPECT_THROW(MultipartParser("ends with blank "), Error);
}

TEST(MultipartCve, Cve202325577MillionsOfPartsAreRefused) {
    std::string body;
    for (std::size_t i = 0; i < MultipartParser::max_parts; ++i)
        body += field("a", "");
    EXPECT_EQ(refusal(body + "--B--"), "");
    EXPECT_THAT(refusal(body + field("a", "") + "--B--"), HasSubstr("Too many parts"));
}

TEST(MultipartCve, Cve202548997EmptyAndNestedNamesAreData) {
    EXPECT_EQ(parse(field("", "1") + field("a[4294967294]", "2") + field("a[b][c]", "3") +
                    field("__proto__", "4") + "--B--")
                  .size(),
              4u);
}

TEST(MultipartCve, Cve202474866LineBreaksInNamesAreRefused) {
    using namespace std::string_literals;
    for (const std::string& evil : {"a\rb"s, "a\nb"s, "a\0b"s, "a\x7f"s, "a\r\nX: y"s}) {
        EXPECT_NE(refusal(part("form-data; name=\"r\"; filename=\"" + evil + "\"", "x") + "--B--"), "");
        EXPECT_NE(refusal(part("form-data; name=\"" + evil + "\"", "x") + "--B--"), "");
    }
}

TEST(MultipartCve, Cve2026124724BodyThatEndsRightAfterTheLastAllowedPartIsWhole) {
    std::string body;
    for (std::size_t i = 0; i < MultipartParser::max_parts; ++i)
        body += field("a", "x");
    body += "--B--";
    for (const std::size_t piece : {std::size_t(1), std::size_t(7), body.size()})
        EXPECT_EQ(parse(body, piece).size(), MultipartParser::max_parts);
}

TEST(Multipart, BoundsTheFileName) {
    EXPECT_EQ(one_file("form-data; name=r; filename=" + std::string(1024, 'a'))[0].file_name->size(), 1024u);
    EXPECT_EQ(one_file("form-data; name=r; filename=" + std::string(1023, 'a') + ".pdf")[0].file_name,
              std::string(1020, 'a') + ".pdf");
    EXPECT_EQ(one_file("form-data; name=r; filename=\"" + std::string(2, 'a') + "\u5f20" +
                       std::string(1022, 'b') + "\"")[0]
                  .file_name,
              std::string(1022, 'b'))
        << "no character is cut in two";
}

TEST(Multipart, FindsTheBoundaryInTheContentType) {
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(boundary_of("Multipart/Form-Data ; charset=utf-8; BOUNDARY=\"a b\""), "a b");
    EXPECT_THROW(boundary_of("multipart/form-data"), Error);
    EXPECT_THROW(boundary_of("multipart/form-data; boundary="), Error);
    EXPECT_THROW(boundary_of("multipart/form-data; boundary=\"abc"), Error);
}

}  // namespace
}  // namespace alma::http
