#include "leads/resume_content.hpp"
#include "support/fixture.hpp"
#include "support/zip_archive.hpp"

#include <gtest/gtest.h>

namespace alma::leads {
namespace {

bool is_docx(std::string_view bytes) {
    return leads::is_docx(ResumeContent(bytes));
}

std::vector<ZipEntry> document_and(std::size_t others) {
    std::vector<ZipEntry> entries = {{.name = "[Content_Types].xml"}, {.name = "word/document.xml"}};
    for (std::size_t i = 0; i < others; ++i)
        entries.push_back({.name = "word/media/" + std::to_string(i)});
    return entries;
}

TEST(IsDocx, EveryOrderOfEntriesIsOne) {
    EXPECT_TRUE(is_docx(fixture("resume.docx")));
    EXPECT_TRUE(is_docx(fixture("docprops_first.docx")));
    EXPECT_TRUE(is_docx(
        zip_of({"[trash]/0000.dat", "word/document.xml", "docProps/app.xml", "[Content_Types].xml"})));
}

TEST(IsDocx, NamesOfPartsHaveNoCaseAndTheMainOneMayHaveANumber) {
    EXPECT_TRUE(is_docx(zip_of({"[content_types].XML", "Word/Document.xml"})));
    EXPECT_TRUE(is_docx(zip_of({"[Content_Types].xml", "word/document2.xml"})));
}

TEST(IsDocx, BothPartsAreNeeded) {
    EXPECT_FALSE(is_docx(zip_of({"[Content_Types].xml"})));
    EXPECT_FALSE(is_docx(zip_of({"word/document.xml"})));
    EXPECT_FALSE(is_docx(zip_of({"[Content_Types].xml", "x/word/document.xml"})));
    EXPECT_FALSE(is_docx(zip_of({"[Content_Types].xml", "word/document.xml.rels"})));
    EXPECT_FALSE(is_docx(zip_of({"[Content_Types].xml", "word/documents/a.xml"})));
}

TEST(IsDocx, AThousandEntriesAreTheMost) {
    EXPECT_TRUE(is_docx(zip_archive(document_and(998))));
    EXPECT_FALSE(is_docx(zip_archive(document_and(999))));
}

TEST(IsDocx, ADirectoryIsAtMostOneMebibyte) {
    std::vector<ZipEntry> entries = document_and(0);
    for (int i = 0; i < 17; ++i)
        entries.push_back({.name = std::string(65'000, 'a')});
    EXPECT_FALSE(is_docx(zip_archive(entries)));
    entries.pop_back();
    entries.pop_back();
    EXPECT_TRUE(is_docx(zip_archive(entries)));
}

TEST(IsDocx, ABombIsNotInflated) {
    const std::uint32_t most = 0xFFFFFFFF;
    EXPECT_TRUE(is_docx(zip_archive(std::vector<ZipEntry>{
        {.name = "[Content_Types].xml"}, {.name = "word/document.xml", .claimed_size = most}})));
}

TEST(IsDocx, MayHaveACommentOfAnyLength) {
    EXPECT_TRUE(is_docx(zip_archive(document_and(0), std::string(65'535, 'c'))));
}

TEST(IsDocx, LiesLeadNowhere) {
    const std::string archive = zip_archive(document_and(0));
    for (std::size_t size = 0; size < archive.size(); ++size)
        EXPECT_FALSE(is_docx(std::string_view(archive).substr(0, size))) << "cut to " << size;
    const std::size_t end = archive.size() - 22;
    for (const std::size_t field : {12, 16}) {
        std::string lie = archive;
        lie.replace(end + field, 4, "\xFF\xFF\xFF\x7F");
        EXPECT_FALSE(is_docx(lie)) << "field " << field;
    }
}

}  // namespace
}  // namespace alma::leads
