#include "leads/resume_content.hpp"

#include "leads/magic.hpp"
#include "support/fixture.hpp"
#include "support/zip_archive.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <thread>

namespace alma::leads {
namespace {

using namespace std::string_literals;

bool is_refused(std::string_view bytes) {
    return is_something_else(ResumeContent(bytes));
}

std::string zeros(std::size_t count) {
    return std::string(count, '\0');
}

std::string mp3_frame() {
    return "\xFF\xFB\x90\x64"s + zeros(413);  // 128 kbit/s at 44.1 kHz: 417 bytes
}

/// An OLE file of three sectors whose root carries this class id.
std::string ole_file(const std::string& class_id) {
    std::string header = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s + zeros(16) + "\x3E\0\3\0\xFE\xFF\x09\0\6\0"s +
                         zeros(10) + little_endian(1, 4) + little_endian(1, 4) + zeros(4) +
                         little_endian(4096, 4) + "\xFE\xFF\xFF\xFF"s + zeros(4) + "\xFE\xFF\xFF\xFF"s +
                         zeros(4) + little_endian(0, 4);
    header.resize(512, '\xFF');
    std::string allocation = "\xFD\xFF\xFF\xFF\xFE\xFF\xFF\xFF"s;
    allocation.resize(512, '\xFF');
    std::string root;
    for (const char c : "Root Entry"s)
        root += c + "\0"s;
    root.resize(64, '\0');
    root += little_endian(22, 2) + "\5\1"s + std::string(12, '\xFF') + class_id;
    root.resize(116, '\0');
    root += "\xFE\xFF\xFF\xFF"s;
    root.resize(512, '\0');
    return header + allocation + root;
}

TEST(ResumeContent, FilesOfRealProgramsPass) {
    for (const char* name :
         {"resume.pdf", "resume.doc", "resume.docx", "resume.txt", "resume.rtf", "docprops_first.docx"})
        EXPECT_FALSE(is_refused(fixture(name))) << name;
}

TEST(ResumeContent, ProgramsAreRefused) {
    EXPECT_TRUE(
        is_refused("\x7F"
                   "ELF\2\1\1" +
                   zeros(100)));
    EXPECT_TRUE(is_refused("MZ\x90\0\3\0\0\0\4\0"s + zeros(50)));
    EXPECT_TRUE(is_refused("MZ"s + zeros(58) + little_endian(64, 4) + "PE\0\0"s + zeros(200)));
    EXPECT_TRUE(is_refused("\xCF\xFA\xED\xFE\x07\0\0\1\3\0\0\0\2\0\0\0"s + zeros(100)));
    EXPECT_TRUE(is_refused("\xCA\xFE\xBA\xBE\0\0\0\x34"s + zeros(40)));
    EXPECT_TRUE(is_refused("\0asm\1\0\0\0"s));
    EXPECT_TRUE(is_refused("CWS\x0A\x33\0\0\0x\x9C"s));
    EXPECT_TRUE(is_refused("L\0\0\0\1\x14\2\0\0\0\0\0\xC0\0\0\0\0\0\0F"s)) << "a Windows shortcut";
}

TEST(ResumeContent, InstallersInOleAreRefusedAndOtherOleFilesPass) {
    const std::string installer = "\x84\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0F"s;
    const std::string word = "\6\x09\2\0\0\0\0\0\xC0\0\0\0\0\0\0F"s;
    EXPECT_TRUE(is_refused(ole_file(installer)));
    EXPECT_FALSE(is_refused(ole_file(word)));
    EXPECT_FALSE(is_refused(ole_file(zeros(16)))) << "an encrypted DOCX is an OLE file, too";
}

TEST(ResumeContent, ScriptsAreRefused) {
    for (const char* script :
         {"#!/bin/sh\nrm -rf /\n", "#! /usr/bin/env python3\nimport os\n", "\xEF\xBB\xBF#!/bin/bash\n", "#!x",
          "<?php system($_GET['c']); ?>", "\n<?= 1 ?>", "@echo off\r\ndir\r\n", "@ECHO OFF\r\n"})
        EXPECT_TRUE(is_refused(script)) << script;
}

TEST(ResumeContent, WebPagesAndDrawingsAreRefused) {
    for (const char* page :
         {"<!DOCTYPE html><html></html>", "  \n<HTML><body>x", "\xEF\xBB\xBF<html>",
          "<!-- x --> <!-- y --><body>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
          "<svg xmlns='http://www.w3.org/2000/svg'/>", "<?xml version='1.0'?>\n<svg/>",
          "<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C'><svg/>",
          "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "<!doctype\nHTML>",
          "<p>John</p>", "<br/>"})
        EXPECT_TRUE(is_refused(page)) << page;
    EXPECT_TRUE(is_refused("\xFF\xFE<\0h\0t\0m\0l\0>\0"s));
    EXPECT_TRUE(is_refused("\xFE\xFF\0<\0s\0v\0g\0>"s));
}

TEST(ResumeContent, ImagesAreRefused) {
    EXPECT_TRUE(is_refused("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s));
    EXPECT_TRUE(is_refused("\x89PNG\r\n\x1A\nabcdefgh"s));
    EXPECT_TRUE(is_refused("GIF89a\1\0\1\0\0\0\0"s));
    EXPECT_TRUE(is_refused("GIF89aAAAAAAAA"s));
    EXPECT_TRUE(is_refused("\xFF\xD8\xFF\xE0\0\x10JFIF\0"s));
    EXPECT_TRUE(is_refused("RIFF\x24\0\0\0WEBPVP8 "s));
    EXPECT_TRUE(is_refused("II*\0\x08\0\0\0"s));
    EXPECT_TRUE(
        is_refused("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0"s + zeros(40)));
    EXPECT_TRUE(
        is_refused("\0\0\0\x18"
                   "ftypheic\0\0\0\0mif1heic"s));
}

TEST(ResumeContent, SoundAndVideoAreRefused) {
    EXPECT_TRUE(is_refused("ID3\3\0\0\0\0\0\x21TIT2"s + zeros(100)));
    EXPECT_TRUE(is_refused(mp3_frame() + mp3_frame()));
    EXPECT_TRUE(is_refused("RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"s));
    EXPECT_TRUE(is_refused("OggS\0\2"s + zeros(20) + "\1vorbis"));
    EXPECT_TRUE(is_refused("fLaC\0\0\0\x22"s));
    EXPECT_TRUE(is_refused("MThd\0\0\0\6\0\0\0\1\0\x60"s));
    EXPECT_TRUE(
        is_refused("\0\0\0\x20"
                   "ftypisom\0\0\2\0isomiso2avc1mp41"s));
    EXPECT_TRUE(is_refused(
        "\x1A\x45\xDF\xA3\x9F\x42\x86\x81\1\x42\xF7\x81\1\x42\xF2\x81\4\x42\xF3\x81\x08\x42\x82\x84webm"s));
}

TEST(ResumeContent, PostScriptIsRefused) {
    EXPECT_TRUE(is_refused("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n"));
    EXPECT_TRUE(is_refused("\xC5\xD0\xD3\xC6\x20\0\0\0"s));
    EXPECT_FALSE(is_refused("Postscript: I also speak %!PS-Adobe.\n"));
}

TEST(ResumeContent, ArchivesAreRefused) {
    EXPECT_TRUE(is_refused("\x1F\x8B\x08\0\0\0\0\0\0\3"s));
    EXPECT_TRUE(is_refused("7z\xBC\xAF\x27\x1C\0\4"s));
    EXPECT_TRUE(is_refused("Rar!\x1A\7\1\0"s));
    EXPECT_TRUE(
        is_refused("\xFD"
                   "7zXZ\0\0\4"s));
    EXPECT_TRUE(is_refused("BZh91AY&SY\1\2"s));
    EXPECT_TRUE(is_refused("!<arch>\ndebian-binary   1"s));
    std::string tar = "resume.txt"s + zeros(90) +
                      "0000644\0"
                      "0000000\0"
                      "0000000\0"
                      "00000000000\0"
                      "00000000000\0"s;
    tar += "010664\0 0"s + zeros(100) +
           "ustar\0"
           "00"s +
           zeros(247);
    EXPECT_TRUE(is_refused(tar)) << magic_type_of(tar);
}

TEST(ResumeContent, ArchivesOfTheZipFamilyPassAsDocxAlone) {
    EXPECT_FALSE(is_refused(zip_of({"[Content_Types].xml", "_rels/.rels", "word/document.xml"})));
    EXPECT_TRUE(is_refused(zip_of({"photo.jpg"}))) << "zip";
    EXPECT_TRUE(is_refused(zip_of({"META-INF/MANIFEST.MF", "A.class"}))) << "jar";
    EXPECT_TRUE(is_refused(zip_of({"mimetype", "content.xml"}))) << "odt";
    EXPECT_TRUE(is_refused(zip_of({"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"}))) << "xlsx";
    EXPECT_TRUE(is_refused(zip_archive({}))) << "an empty one";
    EXPECT_TRUE(is_refused("PK\3\4"s + zeros(60))) << "one cut short";
}

TEST(ResumeContent, PlainTextPassesWhateverItSpeaksOf) {
    for (const char* text :
         {"John Doe\nSkills: <html>, <head> and <script> tags, CSS\n", "0707071234 Jean Dupont, Paris",
          "P4 Systems Engineer\n", "MZ Consulting, Zurich", "ID3 decision trees", "BM Works\n",
          "// John\n#include <stdio.h>\nint main() {}\n", "import java.util.*;\npublic class Me {}",
          "import os\nfrom sys import argv\n", "use strict discipline", "<John Doe>\n<john@example.com>",
          "<profile>John</profile>", "# John Doe\n\n! Engineer", "{\"name\": \"John\"}",
          "Jos\xE9 N\xFA\xF1"
          "ez, r\xE9sum\xE9",
          "\x93John\x94 \x96 a resume", "张伟\n工程师", "From: a@b.c\nSubject: hi\n\nx", "\f\tJohn\v\r\n"})
        EXPECT_FALSE(is_refused(text)) << text;
    EXPECT_FALSE(is_refused("\xFF\xFEJ\0o\0h\0n\0"s));
}

TEST(ResumeContent, WhatNothingRecognisesPasses) {
    EXPECT_FALSE(is_refused("\0\1\2\n%PDF-1.7\n%\xE2\xE3"s)) << "a PDF behind junk";
    EXPECT_FALSE(is_refused("\xFF\xFB\x90\x64 one frame alone"s + zeros(500)));
    EXPECT_FALSE(is_refused(zeros(1000)));
    EXPECT_FALSE(is_refused("x"));
}

TEST(ResumeContent, RandomBytesPass) {
    std::mt19937 random(20250926);  // libmagic alone refuses one in eighty
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(256, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        EXPECT_FALSE(is_refused(bytes)) << "round " << round << ", " << magic_type_of(bytes);
    }
}

TEST(ResumeContent, NoTextTakesLong) {
    for (const std::string unit : {"\n", " ", "\t", "\r\n", "import \n", "<!--", "<", "<!-- -->"}) {
        std::string text;
        while (text.size() < storage::Spool::memory_bytes)
            text += unit;
        // CPU time: what else the machine does must not matter. libmagic alone would take half a second for
        // some.
        const std::clock_t start = std::clock();
        EXPECT_FALSE(is_refused(text)) << unit;
        text.back() = '\0';
        is_refused(text);
        text[100] = '\0';
        is_refused(text);
        EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 4) << unit;
    }
}

TEST(Magic, MayBeAskedFromSeveralThreads) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([] { EXPECT_EQ(magic_type_of("fLaC\0\0\0\x22"s), "audio/flac"); });
}

TEST(IsUtf8, LooksAtAllOfIt) {
    EXPECT_TRUE(is_utf8(ResumeContent("")));
    EXPECT_TRUE(is_utf8(ResumeContent("Łukasz")));
    EXPECT_FALSE(is_utf8(ResumeContent("Jos\xE9")));
    EXPECT_FALSE(is_utf8(ResumeContent("cut \xE2\x82")));
    EXPECT_FALSE(is_utf8(ResumeContent(std::string(100'000, 'a') + "\xE9")));
}

TEST(IsUtf8, CharactersMayLieAcrossTheBoundsOfPieces) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string text(64 * 1024 - shift, 'a');
        text += "€𝄞é";
        EXPECT_TRUE(is_utf8(ResumeContent(text))) << shift;
        EXPECT_FALSE(is_utf8(ResumeContent(text.substr(0, text.size() - 1)))) << shift;
    }
}

}  // namespace
}  // namespace alma::leads
