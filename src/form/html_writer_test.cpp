#include "form/html_writer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace alma::form {
namespace {

TEST(HtmlWriter, EscapesTextAndValues) {
    HtmlWriter html;
    html.open("p", {{"title", "\"><script>&'"}}).text("<b>&\"'").close();
    EXPECT_EQ(
        html.finish(),
        "<!DOCTYPE html>\n<p title=\"&quot;&gt;&lt;script&gt;&amp;&#39;\">&lt;b&gt;&amp;&quot;&#39;</p>\n");
}

TEST(HtmlWriter, ReplacesWhatIsNoUtf8) {
    HtmlWriter html;
    html.element("p", "a\xff<");
    EXPECT_EQ(html.finish(), "<!DOCTYPE html>\n<p>a\uFFFD&lt;</p>\n");
}

TEST(HtmlWriter, LeavesOutWhatHasNoValue) {
    HtmlWriter html;
    html.single("input", {{"required", when(true)}, {"disabled", when(false)}, {"value", ""}});
    EXPECT_EQ(html.finish(), "<!DOCTYPE html>\n<input required=\"\" value=\"\">\n");
}

TEST(HtmlWriter, ClosesWhatItOpened) {
    HtmlWriter html;
    html.open("ul").element("li", "a").close();
    EXPECT_EQ(html.finish(), "<!DOCTYPE html>\n<ul><li>a</li>\n</ul>\n");
    HtmlWriter open;
    open.open("p");
    EXPECT_THROW((void)open.finish(), std::logic_error);
    EXPECT_THROW(HtmlWriter().close(), std::logic_error);
}

}  // namespace
}  // namespace alma::form
