#include "app/terminal.hpp"

#include <gtest/gtest.h>

namespace alma::app {
namespace {

TEST(ShellWord, QuotesOnlyWhatAShellWouldReadOtherwise) {
    EXPECT_EQ(shell_word("/srv/alma-leads/data"), "/srv/alma-leads/data");
    EXPECT_EQ(shell_word("/srv/our firm"), "'/srv/our firm'");
    EXPECT_EQ(shell_word("it's $HOME"), R"('it'\''s $HOME')");
    EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace alma::app
