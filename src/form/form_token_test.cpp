#include "form/form_token.hpp"

#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

namespace alma::form {
namespace {

class FormTokenTest : public testing::Test {
protected:
    ManualClock clock;
    FormTokens tokens{"secret"};
};

TEST_F(FormTokenTest, SaysWhenItWasIssued) {
    const std::optional<FormToken> token = tokens.read(tokens.issue(clock.now()));
    ASSERT_TRUE(token);
    EXPECT_EQ(token->issued_at, clock.now());
    EXPECT_EQ(token->nonce.size(), 32u);
}

TEST_F(FormTokenTest, IsAnotherOneEachTime) {
    EXPECT_NE(tokens.read(tokens.issue(clock.now()))->nonce, tokens.read(tokens.issue(clock.now()))->nonce);
}

TEST_F(FormTokenTest, OfAnotherSecretIsNone) {
    EXPECT_FALSE(FormTokens("other").read(tokens.issue(clock.now())));
}

TEST_F(FormTokenTest, ThatWasChangedIsNone) {
    const std::string token = tokens.issue(clock.now());
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_FALSE(tokens.read(changed)) << changed;
        EXPECT_FALSE(tokens.read(token.substr(0, i)));
    }
}

TEST_F(FormTokenTest, GarbageIsNone) {
    for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b"),
                                    std::string(1000, '.'), std::string("1.2.3\0", 6)})
        EXPECT_FALSE(tokens.read(text)) << text;
}

}  // namespace
}  // namespace alma::form
