#include "base/line_writer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

namespace alma {
namespace {

using namespace std::chrono_literals;

/// A pipe that nobody reads until it is asked to.
class LineWriterTest : public testing::Test {
protected:
    LineWriterTest() { std::signal(SIGPIPE, SIG_IGN); }
    ~LineWriterTest() override {
        writer.reset();
        close_reader();
        ::close(ends[1]);
    }

    void close_reader() {
        if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
    }

    /// What is there, until `end` has come.
    std::string read_until(std::string_view end) const {
        std::string text;
        std::array<char, 4096> piece{};
        while (!text.ends_with(end)) {
            const ssize_t got = ::read(ends[0], piece.data(), piece.size());
            if (got <= 0) break;
            text.append(piece.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

    /// More than a pipe and the writer hold.
    void add_too_many() {
        for (std::uint64_t i = 0; i < too_many; ++i)
            writer->add(fmt::format("{:0999}", i), true);
    }

    /// Reads until every line of add_too_many() has come, or was told to be dropped. @return how many came
    std::uint64_t read_all_or_told() const {
        std::uint64_t came = 0;
        std::uint64_t told = 0;
        std::string line;
        for (char c = 0; came + told < too_many && ::read(ends[0], &c, 1) == 1;) {
            if (c != '\n') {
                line += c;
                continue;
            }
            if (line.ends_with(" dropped")) {
                told += std::stoull(line);
            } else {
                ++came;
            }
            line.clear();
        }
        EXPECT_EQ(came + told, too_many);
        return came;
    }

    static constexpr std::uint64_t too_many = 1000;

    static std::string notice(std::uint64_t dropped) { return fmt::format("{} dropped", dropped); }

    static std::array<int, 2> make_pipe() {
        std::array<int, 2> made{-1, -1};
        EXPECT_EQ(::pipe(made.data()), 0);
        return made;
    }

    std::array<int, 2> ends = make_pipe();
    std::optional<LineWriter> writer{
        std::in_place, ends[1], notice,
        LineWriter::Limits{.waiting_bytes = 100'000, .block_bytes = 10'000, .wait = 1h, .last_wait = 50ms}};
};

TEST_F(LineWriterTest, LinesKeepTheirOrder) {
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        writer->add(fmt::format("line {}", i), i % 7 == 0);
        expected += fmt::format("line {}\n", i);
    }
    EXPECT_TRUE(writer->flush(10s));
    EXPECT_EQ(read_until("line 99\n"), expected);
    EXPECT_EQ(writer->dropped(), 0U);
}

TEST_F(LineWriterTest, LinesWaitForAFullBlockUnlessTheyAreUrgent) {
    const auto has_bytes = [this] {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(ends[0], &readable);
        timeval soon{.tv_sec = 0, .tv_usec = 50'000};
        return ::select(ends[0] + 1, &readable, nullptr, nullptr, &soon) == 1;
    };
    writer->add("patient", false);
    EXPECT_FALSE(has_bytes());
    writer->add("urgent", true);
    EXPECT_EQ(read_until("urgent\n"), "patient\nurgent\n");
    const std::string half(6'000, 'x');
    writer->add(half, false);
    EXPECT_FALSE(has_bytes());
    writer->add(half, false);
    EXPECT_EQ(read_until(half + '\n' + half + '\n').size(), 12'002U);
}

TEST_F(LineWriterTest, WhenNobodyReadsLinesAreDroppedAndNoticesCountThem) {
    add_too_many();
    EXPECT_FALSE(writer->flush(20ms));
    const std::uint64_t dropped = writer->dropped();
    // What was taken is what the pipe holds, what the thread holds, and what may wait: 64, 98 and 98 KiB.
    EXPECT_GT(dropped, too_many - 400);
    EXPECT_EQ(read_all_or_told(), too_many - dropped);

    writer->add("as usual again", true);
    EXPECT_TRUE(writer->flush(10s));
    EXPECT_EQ(read_until("again\n"), "as usual again\n");
    EXPECT_EQ(writer->dropped(), dropped);
}

TEST_F(LineWriterTest, ItEndsThoughNobodyReads) {
    add_too_many();
    const auto begin = std::chrono::steady_clock::now();
    writer.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    read_all_or_told();  // so that the thread that was left behind comes to its end
}

TEST_F(LineWriterTest, AtItsEndItWritesWhatWaits) {
    writer->add("last", false);
    writer.reset();
    EXPECT_EQ(read_until("last\n"), "last\n");
}

TEST_F(LineWriterTest, AClosedPipeEndsNothingAndCountsItsLines) {
    close_reader();
    writer->add("first", true);
    EXPECT_TRUE(writer->flush(10s));
    writer->add("second", true);
    EXPECT_TRUE(writer->flush(10s));
    EXPECT_EQ(writer->dropped(), 2U);
}

/// How far files may grow; what is written beyond is cut as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit before_{};
};

TEST_F(LineWriterTest, AfterAFullDiskCutALineTheNextBeginsANewOne) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    writer.emplace(::fileno(file.get()), notice);
    {
        const FileSizeLimit full(6);
        for (const char* line : {"one", "two", "three"}) {
            writer->add(line, true);
            ASSERT_TRUE(writer->flush(10s));
        }
    }
    EXPECT_EQ(writer->dropped(), 2U);
    writer->add("four", true);
    ASSERT_TRUE(writer->flush(10s));
    std::array<char, 100> text{};
    const ssize_t size = ::pread(::fileno(file.get()), text.data(), text.size(), 0);
    ASSERT_GE(size, 0);
    EXPECT_EQ(std::string_view(text.data(), static_cast<std::size_t>(size)), "one\ntw\nfour\n2 dropped\n");
    writer.reset();
}

}  // namespace
}  // namespace alma
