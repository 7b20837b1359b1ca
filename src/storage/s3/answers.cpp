#include "storage/s3/answers.hpp"

#include "base/encoding.hpp"
#include "base/time.hpp"

#include <glib.h>

#include <charconv>
#include <functional>
#include <memory>
#include <stdexcept>

namespace alma::storage::s3 {
namespace {

/// Depths at which a name means something: root, entries of the root, entries of these.
constexpr std::size_t deepest = 16;

/// Walks through a document, and reports each element's text when it ends.
class Walk {
public:
    /// @param on_element the names from the root on, and the text directly in the innermost
    using OnElement = std::function<void(const std::vector<std::string>& path, const std::string& text)>;

    explicit Walk(OnElement on_element) : on_element_(std::move(on_element)) {}

    /// @return whether the document is well-formed
    bool through(std::string_view xml) {
        static constexpr GMarkupParser parser{.start_element = &on_start,
                                              .end_element = &on_end,
                                              .text = &on_text,
                                              .passthrough = nullptr,
                                              .error = nullptr};
        const std::unique_ptr<GMarkupParseContext, decltype(&g_markup_parse_context_free)> context(
            g_markup_parse_context_new(&parser, static_cast<GMarkupParseFlags>(0), this, nullptr),
            &g_markup_parse_context_free);
        return g_markup_parse_context_parse(context.get(), xml.data(), static_cast<gssize>(xml.size()),
                                            nullptr) &&
               g_markup_parse_context_end_parse(context.get(), nullptr);
    }

private:
    static void on_start(GMarkupParseContext*, const gchar* name, const gchar**, const gchar**, gpointer self,
                         GError** error) {
        Walk& walk = *static_cast<Walk*>(self);
        if (walk.path_.size() == deepest) {
            g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "nested too deeply");
            return;
        }
        walk.path_.emplace_back(name);
        walk.text_.clear();
    }
    static void on_end(GMarkupParseContext*, const gchar*, gpointer self, GError**) {
        Walk& walk = *static_cast<Walk*>(self);
        walk.on_element_(walk.path_, walk.text_);
        walk.path_.pop_back();
        walk.text_.clear();
    }
    static void on_text(GMarkupParseContext*, const gchar* text, gsize size, gpointer self, GError**) {
        static_cast<Walk*>(self)->text_.append(text, size);
    }

    OnElement on_element_;
    std::vector<std::string> path_;
    std::string text_;
};

std::string decoded(const std::string& text) {
    const std::optional<std::string> plain = percent_decode(text, true);
    if (!plain) throw std::runtime_error("the store's list holds a key that is not encoded as asked for");
    return *plain;
}

std::uint64_t number_of(const std::string& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        throw std::runtime_error("the store's list holds a size that is no number");
    return number;
}

/// "2009-10-12T17:50:30.000Z"
Instant instant_of(const std::string& text) {
    const std::optional<Instant> at =
        text.ends_with('Z') ? parse_instant(std::string_view(text).substr(0, text.size() - 1)) : std::nullopt;
    if (!at) throw std::runtime_error("the store's list holds a time that is none");
    return *at;
}

/// The elements of one <Contents>.
struct Entry {
    std::optional<std::string> key;
    std::optional<std::string> size;
    std::optional<std::string> modified;

    [[nodiscard]] ObjectInfo object() const {
        if (!key || !size || !modified)
            throw std::runtime_error("the store's list holds an incomplete entry");
        return {.key = decoded(*key), .size = number_of(*size), .modified_at = instant_of(*modified)};
    }
};

}  // namespace

ErrorAnswer parse_error(std::string_view xml) {
    ErrorAnswer answer;
    Walk walk([&](const std::vector<std::string>& path, const std::string& text) {
        if (path.size() != 2 || path[0] != "Error") return;
        if (path[1] == "Code") answer.code = text;
        if (path[1] == "Region") answer.region = text;
    });
    if (!walk.through(xml)) return {};
    return answer;
}

ListingPage parse_listing(std::string_view xml) {
    struct Seen {
        std::vector<Entry> entries{1};  ///< the last is the one under way
        std::string next;
        std::string is_truncated;
    } seen;
    // What throws must not pass through GMarkup, which is C: entries are read afterwards.
    Walk walk([&](const std::vector<std::string>& path, const std::string& text) {
        if (path.front() != "ListBucketResult") return;
        if (path.size() == 2 && path[1] == "NextContinuationToken") seen.next = text;
        if (path.size() == 2 && path[1] == "IsTruncated") seen.is_truncated = text;
        if (path.size() == 2 && path[1] == "Contents") seen.entries.emplace_back();
        if (path.size() != 3 || path[1] != "Contents") return;
        if (path[2] == "Key") seen.entries.back().key = text;
        if (path[2] == "Size") seen.entries.back().size = text;
        if (path[2] == "LastModified") seen.entries.back().modified = text;
    });
    if (!walk.through(xml) || seen.is_truncated.empty())
        throw std::runtime_error("the store's list is no ListBucketResult");
    if (seen.is_truncated == "true" && seen.next.empty())
        throw std::runtime_error("the store's list ends without saying where it goes on");
    ListingPage page;
    if (seen.is_truncated == "true") page.next = seen.next;
    seen.entries.pop_back();
    for (const Entry& entry : seen.entries)
        page.objects.push_back(entry.object());
    return page;
}

}  // namespace alma::storage::s3
