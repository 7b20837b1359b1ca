#include "http/multipart.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <string>

namespace alma::http {
namespace {

constexpr std::string_view boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
constexpr std::size_t content_bytes = 10 * 1024 * 1024;
constexpr std::size_t piece_bytes = 64 * 1024;  ///< what RequestBody reads at once

/// Any byte may come in a resume, CR as often as others.
const std::string& body() {
    static const std::string made = [] {
        std::string text;
        text.append("--").append(boundary).append(
            "\r\nContent-Disposition: form-data; name=\"first_name\"\r\n\r\nAda\r\n");
        text.append("--").append(boundary).append(
            "\r\nContent-Disposition: form-data; name=\"resume\"; filename=\"cv.pdf\"\r\n\r\n");
        std::mt19937_64 random(1);
        while (text.size() < content_bytes) {
            const std::uint64_t bytes = random();
            text.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
        }
        return text.append("\r\n--").append(boundary).append("--\r\n");
    }();
    return made;
}

void count_bytes(benchmark::State& state) {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body().size()));
}

/// In pieces as they come from a connection; the content is copied out, as into a file or a buffer.
void parse_multipart_of_10_mb(benchmark::State& state) {
    std::string content(body().size(), '\0');
    for (auto _ : state) {
        MultipartParser parser(boundary);
        std::size_t size = 0;
        for (std::string_view rest = body(); !rest.empty();) {
            const std::string_view piece = rest.substr(0, piece_bytes);
            rest.remove_prefix(piece.size());
            parser.feed(piece);
            for (auto event = parser.next(); event != MultipartParser::Event::need_more;
                 event = parser.next()) {
                if (event != MultipartParser::Event::data) continue;
                std::memcpy(content.data() + size, parser.data().data(), parser.data().size());
                size += parser.data().size();
            }
        }
        parser.finish();
        benchmark::DoNotOptimize(content.data());
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}
BENCHMARK(parse_multipart_of_10_mb);

/// The limit: what is left when one knows before that there is one delimiter, at the end.
void copy_and_search_10_mb(benchmark::State& state) {
    std::string content(body().size(), '\0');
    const std::string delimiter = "\r\n--" + std::string(boundary) + "--";
    for (auto _ : state) {
        std::memcpy(content.data(), body().data(), body().size());
        benchmark::DoNotOptimize(memmem(body().data(), body().size(), delimiter.data(), delimiter.size()));
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}
BENCHMARK(copy_and_search_10_mb);

}  // namespace
}  // namespace alma::http
