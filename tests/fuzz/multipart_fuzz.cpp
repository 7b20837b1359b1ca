// A multipart body gives the same parts, or the same refusal, in one piece and in pieces of any size.
#include "base/error.hpp"
#include "http/multipart.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using alma::Error;
using alma::http::MultipartParser;
using Event = MultipartParser::Event;

/// What the parser told, in one string; the pieces of a part's content put together.
std::string story_of(std::string_view body, const std::vector<std::size_t>& pieces) {
    std::string story;
    try {
        MultipartParser parser("Bound");
        for (std::size_t i = 0; !body.empty(); ++i) {
            const std::size_t wanted = pieces.empty() ? body.size() : pieces[i % pieces.size()];
            // A copy of its own: the sanitizer sees a view that outlives its piece.
            const std::string piece(body.substr(0, wanted));
            body.remove_prefix(piece.size());
            parser.feed(piece);
            for (Event event = parser.next(); event != Event::need_more; event = parser.next()) {
                if (event == Event::part_begin)
                    story += "\nbegin " + parser.part().name + '|' + parser.part().file_name.value_or("-") +
                             '|' + parser.part().content_type + '\n';
                if (event == Event::data) story += parser.data();
                if (event == Event::part_end) story += "\nend";
                if (event == Event::end) story += "\nlast";
            }
        }
        parser.finish();
        story += "\nwhole";
    } catch (const Error& error) {
        // How much was told before depends on the pieces; that it is refused, and why, does not.
        story = error.detail();
    }
    return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    std::vector<std::size_t> pieces;
    for (int i = 0; i < 4; ++i)
        pieces.push_back(1 + data[i] % 40);
    const std::string_view body(reinterpret_cast<const char*>(data) + 4, size - 4);
    const std::string whole = story_of(body, {});
    if (story_of(body, pieces) != whole || story_of(body, {1}) != whole) std::abort();
    return 0;
}
