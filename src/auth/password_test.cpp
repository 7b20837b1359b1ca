#include "auth/password.hpp"

#include "auth/phc.hpp"
#include "base/error.hpp"

#include <gtest/gtest.h>

namespace alma::auth {
namespace {

using enum PasswordCheck;

constexpr std::string_view phrase = "correct horse battery staple";

// Made by argon2-cffi 21.1.0, as passlib and the service before ours use it; all but the first are cheap, so
// that the tests are quick.
const std::string of_argon2_cffi =
    "$argon2id$v=19$m=65536,t=3,p=4$dxZDLMCz08b86/nYBzfJkg$eXokO7MwFP/P5Lf/4miqjakzsLtz/frdzJSvm8BeXF8";
const std::string cheap_one =
    "$argon2id$v=19$m=64,t=1,p=1$F3SuTCjLudQpO7zK/1t6Jg$4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/912darhc";

TEST(Password, IsVerifiedByItsOwnHash) {
    const std::string hash = hash_password(phrase);
    EXPECT_EQ(hash.find("$argon2id$v=19$m=65536,t=3,p=1$"), 0u);
    EXPECT_EQ(verify_password(phrase, hash), right);
    EXPECT_EQ(verify_password("correct horse battery stapl", hash), wrong);
}

TEST(Password, IsSaltedAnewEachTime) {
    EXPECT_NE(hash_password(phrase), hash_password(phrase));
}

TEST(Password, IsVerifiedByTheHashesOfTheServiceBeforeOurs) {
    EXPECT_EQ(verify_password(phrase, of_argon2_cffi), right);
    EXPECT_EQ(verify_password("wrong", of_argon2_cffi), wrong);
}

TEST(Password, IsVerifiedByCheapHashesOfEveryShapeAndCalledCheap) {
    for (
        const char* hash : {
            "$argon2id$v=19$m=64,t=1,p=1$F3SuTCjLudQpO7zK/1t6Jg$4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/912darhc",
            "$argon2id$v=19$m=256,t=2,p=4$X7u2ExFaF6oH9lEZCDu+rw$7JXu9RXwMMWhDsfZDT8AiXmO6UaZbJUYeE+AKeuFPxM",
            "$argon2id$v=19$m=64,t=10,p=1$jz6p7DSov9pMi5qE57ZNpQ$d1vEVCY3wwp8iWUpW2fzuShm2zACM9hjWJV86Y1Ig6M",
            "$argon2i$v=19$m=64,t=1,p=1$PanDLgdHbIZfyxmasfBP9w$1ivTnxb2pID5zntGWdBH+6lr7UjbRcyRNiCboibV2B8",
            "$argon2i$v=19$m=4096,t=3,p=2$9NBixrsSGJ8fmNcXQTWgbQ$kvtTGI45Y+sf5F9lcCI/TTZwkVfVAiOgZ1l6LOxPNks",
            // A salt of 8 and a tag of 16 bytes; a salt of 32 and a tag of 64.
            "$argon2id$v=19$m=102,t=2,p=2$fpbS7zaKvRk$IrhnBB7RrYh9+U2BUHxgaw",
            "$argon2id$v=19$m=102,t=2,p=8$wWckjPBehRZf4x/"
            "LXicEmlOhjW+cvEHeqLdf96GhNeU$fio7r+1iYAOBMbRo2m1lDgrg6LQ"
            "I3v3XBcu9rbgkjIX7H1Qw1UM6MJ4EeolhOCwMNlJ5KTvkLSgBRSH7BLCdbw",
        }) {
        EXPECT_EQ(verify_password(phrase, hash), right_but_cheap) << hash;
        EXPECT_EQ(verify_password("wrong", hash), wrong) << hash;
    }
}

TEST(Password, MayHoldNulAndUnicode) {
    const std::string_view with_nul("a\0b", 3);
    const std::string of_nul =
        "$argon2id$v=19$m=64,t=1,p=1$PVivZRuLwjJL4DDkG8TuHg$h/PjtiS9jGWWSpVylB2EpIJI6nnqUQxVpyDX04+87HE";
    EXPECT_EQ(verify_password(with_nul, of_nul), right_but_cheap);
    EXPECT_EQ(verify_password("a", of_nul), wrong);
    EXPECT_EQ(verify_password("pässwörd 张伟",
                              "$argon2id$v=19$m=64,t=1,p=1$qO7Begn6DHyf2+weARyv1w$"
                              "gEaGloxH1jJGB3j3yG6asz+1cyS2T4UvQtxZbla5VTE"),
              right_but_cheap);
}

TEST(Password, IsRefusedUnreadPast1024Bytes) {
    EXPECT_EQ(verify_password(std::string(max_password_bytes + 1, 'x'), decoy_hash()), wrong);
    EXPECT_THROW(hash_password(std::string(max_password_bytes + 1, 'x')), Error);
}

TEST(Password, OfTheDecoyIsUnknownAndCostsAsMuchAsARealOne) {
    EXPECT_EQ(verify_password("", decoy_hash()), wrong);
    const std::optional<PhcParameters> decoy = parse_phc(decoy_hash());
    const std::optional<PhcParameters> real = parse_phc(hash_password(phrase));
    ASSERT_TRUE(decoy && real);
    EXPECT_EQ(decoy->memory_kib, real->memory_kib);
    EXPECT_EQ(decoy->passes, real->passes);
    EXPECT_EQ(decoy->lanes, real->lanes);
    EXPECT_EQ(decoy->salt_bytes, real->salt_bytes);
    EXPECT_EQ(decoy->tag_bytes, real->tag_bytes);
}

TEST(Phc, IsReadWithItsParameters) {
    const std::optional<PhcParameters> phc = parse_phc(of_argon2_cffi);
    ASSERT_TRUE(phc);
    EXPECT_EQ(phc->variant, Argon2::id);
    EXPECT_EQ(phc->memory_kib, 65536u);
    EXPECT_EQ(phc->passes, 3u);
    EXPECT_EQ(phc->lanes, 4u);
    EXPECT_EQ(phc->salt_bytes, 16u);
    EXPECT_EQ(phc->tag_bytes, 32u);
}

TEST(Phc, IsBoundedInWhatItMayCost) {
    const auto with = [](const char* parameters) {
        return parse_phc("$argon2id$v=19$" + std::string(parameters) +
                         "$dxZDLMCz08b86/nYBzfJkg$eXokO7MwFP/P5Lf/4miqjakzsLtz/frdzJSvm8BeXF8")
            .has_value();
    };
    EXPECT_TRUE(with("m=262144,t=10,p=64"));
    EXPECT_FALSE(with("m=262145,t=3,p=1"));
    EXPECT_FALSE(with("m=65536,t=11,p=1"));
    EXPECT_FALSE(with("m=65536,t=3,p=65"));
    EXPECT_FALSE(with("m=65536,t=0,p=1"));
    EXPECT_FALSE(with("m=65536,t=3,p=0"));
    EXPECT_TRUE(with("m=32,t=3,p=4"));
    EXPECT_FALSE(with("m=31,t=3,p=4"));
    EXPECT_FALSE(with("m=4294967296,t=3,p=1"));
    EXPECT_FALSE(with("m=99999999999999999999,t=3,p=1"));
}

TEST(Phc, ThatIsNoneIsRefused) {
    const std::string salt = "dxZDLMCz08b86/nYBzfJkg";
    const std::string tag = "eXokO7MwFP/P5Lf/4miqjakzsLtz/frdzJSvm8BeXF8";
    const std::string head = "$argon2id$v=19$m=64,t=1,p=1$";
    for (const std::string& text : {
             std::string(),
             std::string("x"),
             std::string("$2b$12$abcdefghijklmnopqrstuuN0C6Kf8pM8d1e9vTqz2bS5m3Xy4Z6aW"),
             "$argon2d$v=19$m=64,t=1,p=1$" + salt + "$" + tag,
             "$ARGON2ID$v=19$m=64,t=1,p=1$" + salt + "$" + tag,
             "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + tag,
             "$argon2id$m=64,t=1,p=1$" + salt + "$" + tag,
             "$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + tag,
             "$argon2id$v=19$m=064,t=1,p=1$" + salt + "$" + tag,
             "$argon2id$v=19$m=-64,t=1,p=1$" + salt + "$" + tag,
             "$argon2id$v=19$m=64,t=1,p=1,data=x$" + salt + "$" + tag,
             head + salt,
             head + salt + "$",
             head + "$" + tag,
             head + salt + "$" + tag + "$",
             head + salt + "$" + tag + "=",
             head + salt + "$" + tag + "\n",
             head + salt + "$" + tag + std::string(1, '\0'),
             head + salt + "$" + tag + " ",
             " " + head + salt + "$" + tag,
             head + "c2FsdA$" + tag,                     // a salt of 4 bytes
             head + salt + "$" + std::string(20, 'A'),   // a tag of 15
             head + std::string(100, 'A') + "$" + tag,   // a salt of 75
             head + salt + "$" + std::string(200, 'A'),  // a tag of 150
             head + salt + "$" + std::string(100'000, 'A'),
         }) {
        EXPECT_FALSE(parse_phc(text)) << text.substr(0, 200);
        EXPECT_EQ(verify_password(phrase, text), wrong);
    }
    EXPECT_TRUE(parse_phc(head + salt + "$" + tag));
}

}  // namespace
}  // namespace alma::auth
