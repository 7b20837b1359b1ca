#include "auth/token.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "support/signed_token.hpp"

#include <gtest/gtest.h>

namespace alma::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view key = "a secret key of at least thirty-two bytes";
constexpr std::string_view header = R"({"alg":"HS256","typ":"JWT"})";
const Instant now = *parse_instant("2025-09-26T19:42:27.248539");
const std::int64_t now_seconds = 1'758'915'747;

const TokenSigner signer(key, 30min);

std::optional<std::string> subject(const std::optional<VerifiedToken>& verified) {
    return verified ? std::optional(verified->subject) : std::nullopt;
}
std::optional<std::string> verify_payload(const std::string& payload) {
    return subject(signer.verify(signed_token(header, payload, key), now));
}
std::optional<std::string> verify_header(std::string_view text) {
    return subject(
        signer.verify(signed_token(text, R"({"sub":"ann@example.com","exp":4102444800})", key), now));
}

TEST(Token, IsVerifiedAsItWasSigned) {
    EXPECT_EQ(signer.verify(signer.sign("ann@example.com", now), now)->subject, "ann@example.com");
    EXPECT_EQ(signer.verify(signer.sign("\"łukasz\\\"@例え.jp", now), now)->subject, "\"łukasz\\\"@例え.jp");
}

TEST(Token, HasTheTwoClaimsOfTheContractAndWhenItWasIssued) {
    const std::string token = signer.sign("ann@example.com", now);
    const std::size_t dot = token.find('.');
    EXPECT_EQ(from_base64url(token.substr(0, dot)), header);
    EXPECT_EQ(from_base64url(token.substr(dot + 1, token.rfind('.') - dot - 1)),
              R"({"sub":"ann@example.com","exp":1758917547,"iat":1758915747})");
}

TEST(Token, SaysWhenItWasIssuedIfItDoes) {
    EXPECT_EQ(signer.verify(signer.sign("a", now), now)->issued_at,
              Instant(std::chrono::seconds(now_seconds)));
    EXPECT_EQ(signer.verify(signed_token(header, R"({"sub":"a","exp":4102444800})", key), now)->issued_at,
              std::nullopt);
}

TEST(Token, OfTheSecondOfAChangeOfThePasswordIsFromBefore) {
    EXPECT_LT(signer.verify(signer.sign("a", now), now)->issued_at, tokens_valid_after(now));
    EXPECT_EQ(tokens_valid_after(now), Instant(std::chrono::seconds(now_seconds + 1)));
}

TEST(Token, EndsWithItsSecondAndHasNoLeeway) {
    const std::string token = signer.sign("ann@example.com", now);
    const Instant end = std::chrono::floor<std::chrono::seconds>(now) + 30min;
    EXPECT_TRUE(signer.verify(token, end - 1us));
    EXPECT_FALSE(signer.verify(token, end));
}

TEST(Token, MayEndWithinASecond) {
    // RFC 7519 section 2: a NumericDate may have a fraction. `now` is 1758915747.248539.
    for (const char* exp : {"1758915747.25", "1758915748.0", "1758915748e0", "4.1024448e9"})
        EXPECT_TRUE(verify_payload(fmt::format(R"({{"sub":"a","exp":{}}})", exp))) << exp;
    for (const char* exp :
         {"1758915747.248", "1758915747.0", "0.5", "-0.5", "1e300", "1e400", "253402300800.5"})
        EXPECT_FALSE(verify_payload(fmt::format(R"({{"sub":"a","exp":{}}})", exp))) << exp;
    EXPECT_TRUE(verify_payload(R"({"sub":"a","exp":4102444800,"nbf":1758915747.248,"iat":1758915747.9})"));
    EXPECT_FALSE(verify_payload(R"({"sub":"a","exp":4102444800,"nbf":1758915747.25})"));
}

TEST(Token, OfTheServiceBeforeOursIsAccepted) {
    // Made by PyJWT 2.6.0, and byte for byte the same by python-jose 3.3.0.
    EXPECT_EQ(signer
                  .verify("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
                          "eyJzdWIiOiJhbm5AZXhhbXBsZS5jb20iLCJleHAiOjQxMDI0NDQ4MDB9."
                          "t7vsHLKNJvHQzKJJDuR3tq-TAiHvJg0Wb3F3UQQwnO4",
                          now)
                  ->subject,
              "ann@example.com");
}

TEST(Token, InTheShapeOfRfc7515AppendixA1IsAccepted) {
    // Its key and its header, with the line break in it; the payload has a "sub" in place of "iss".
    const std::optional<std::string> rfc_key = from_base64url(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    EXPECT_EQ(
        TokenSigner(*rfc_key, 30min)
            .verify(
                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                "eyJzdWIiOiJqb2VAZXhhbXBsZS5jb20iLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvb"
                "S9pc19yb290Ijp0cnVlfQ."
                "YnsB4ji07F1H2gbvzLfeyRRLqq5Z5aSucgEtQiefJZE",
                Instant(1'300'819'379s))
            ->subject,
        "joe@example.com");
}

TEST(Token, IsRefusedWithAnySingleBitFlipped) {
    const std::string token = signer.sign("ann@example.com", now);
    for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
        std::string forged = token;
        forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(signer.verify(forged, now)) << "bit " << bit;
    }
}

TEST(Token, IsRefusedWhenCutPaddedOrExtended) {
    const std::string token = signer.sign("ann@example.com", now);
    for (std::size_t length = 0; length < token.size(); ++length)
        EXPECT_FALSE(signer.verify(token.substr(0, length), now)) << length;
    for (const char* tail : {"=", "==", ".", "A", " ", "\n", ".AAAA"})
        EXPECT_FALSE(signer.verify(token + tail, now)) << tail;
    EXPECT_FALSE(signer.verify("." + token, now));
    EXPECT_FALSE(signer.verify(std::string(3, '.'), now));
}

TEST(Token, SignedWithAnotherKeyIsRefused) {
    EXPECT_FALSE(TokenSigner("another key of at least thirty-two bytes!", 30min)
                     .verify(signer.sign("ann@example.com", now), now));
}

TEST(Token, WithoutASignatureIsRefused) {
    for (const char* algorithm : {"none", "None", "HS256"}) {
        const std::string token = to_base64url(R"({"alg":")" + std::string(algorithm) + R"("})") + '.' +
                                  to_base64url(R"({"sub":"ann@example.com","exp":4102444800})") + '.';
        EXPECT_FALSE(signer.verify(token, now)) << algorithm;
    }
    // Made by PyJWT with the same key.
    EXPECT_FALSE(signer.verify(
        "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiJhbm5AZXhhbXBsZS5jb20iLCJleHAiOjQxMDI0NDQ4MDB9."
        "ULLPAMIUEZP4kS98s0BE-gT818-crYXuymWO5J5lnNEzUdfdT4XK7SdRDkK1fxvtDM04gnC8asoCRBaBLeH14Q",
        now));
}

TEST(Token, WhoseHeaderSaysAnythingButHs256IsRefusedThoughTheSignatureIsRight) {
    for (const char* text : {R"({"alg":"none"})",
                             R"({"alg":"RS256"})",
                             R"({"alg":"HS512"})",
                             R"({"alg":"hs256"})",
                             R"({"alg":""})",
                             R"({"alg":null})",
                             R"({"alg":["HS256"]})",
                             R"({"typ":"JWT"})",
                             R"({})",
                             R"([])",
                             R"("HS256")",
                             "",
                             "HS256",
                             R"({"alg":"HS256","typ":"JWE"})",
                             R"({"alg":"HS256","typ":1})",
                             R"({"alg":"HS256","crit":["exp"]})",
                             R"({"alg":"HS256"} x)",
                             R"({"alg":"HS256",})",
                             R"({"alg":"HS256","x":[[[[[[]]]]]]})",
                             "\xff"}) {
        EXPECT_FALSE(verify_header(text)) << text;
    }
    for (const char* text : {R"({"alg":"HS256"})", R"({"typ":"jwt","alg":"HS256"})",
                             R"( { "alg" : "HS256" , "kid":"../../etc/passwd"} )"}) {
        EXPECT_TRUE(verify_header(text)) << text;
    }
}

TEST(Token, WithoutAnExpiryInTheFutureIsRefused) {
    const auto with_exp = [](std::string exp) {
        return verify_payload(R"({"sub":"ann@example.com","exp":)" + exp + "}").has_value();
    };
    EXPECT_TRUE(with_exp("4102444800"));
    EXPECT_TRUE(with_exp(std::to_string(now_seconds + 1)));
    for (const std::string& exp :
         {std::to_string(now_seconds), std::to_string(now_seconds - 1), std::string("0"), std::string("-1"),
          std::string("\"4102444800\""), std::string("null"), std::string("true"),
          std::string("[4102444800]"), std::string("253402300800"), std::string("9223372036854775807"),
          std::string("9223372036854775808"), std::string("18446744073709551616"), std::string("1e400"),
          std::string("NaN")}) {
        EXPECT_FALSE(with_exp(exp)) << exp;
    }
    EXPECT_FALSE(verify_payload(R"({"sub":"ann@example.com"})"));
}

TEST(Token, WithoutASubjectIsRefused) {
    for (const char* payload :
         {R"({"exp":4102444800})", R"({"exp":4102444800,"sub":""})", R"({"exp":4102444800,"sub":1})",
          R"({"exp":4102444800,"sub":null})", R"({"exp":4102444800,"sub":["a@b.c"]})", R"("ann@example.com")",
          "", R"({"exp":4102444800,"sub":"ann@example.com")"}) {
        EXPECT_FALSE(verify_payload(payload)) << payload;
    }
}

TEST(Token, WithFurtherClaimsIsHeldToThem) {
    const auto with = [](std::string claims) {
        return verify_payload(R"({"sub":"ann@example.com","exp":4102444800,)" + claims + "}").has_value();
    };
    EXPECT_TRUE(with(R"("nbf":)" + std::to_string(now_seconds)));
    EXPECT_TRUE(with(R"("iat":1758915747,"role":"ADMIN","jti":"x")"));
    for (const std::string& claims :
         {R"("nbf":)" + std::to_string(now_seconds + 1), std::string(R"("nbf":"0")"),
          std::string(R"("nbf":-1)"), std::string(R"("iat":"now")"), std::string(R"("iat":1e300)"),
          std::string(R"("aud":"another service")")}) {
        EXPECT_FALSE(with(claims)) << claims;
    }
}

TEST(Token, IsRefusedUnreadPast4KiB) {
    const auto of_size = [](std::size_t padding) {
        return signed_token(
            header, R"({"sub":"a@b.c","exp":4102444800,"x":")" + std::string(padding, 'x') + "\"}", key);
    };
    const std::string longest = of_size(2972);
    ASSERT_EQ(longest.size(), 4096u);
    EXPECT_TRUE(signer.verify(longest, now));
    EXPECT_FALSE(signer.verify(of_size(2973), now));
}

TEST(Token, NeedsAKeyOf32Bytes) {
    EXPECT_THROW(TokenSigner(std::string(31, 'k'), 30min), Error);
    EXPECT_NO_THROW(TokenSigner(std::string(32, 'k'), 30min));
    const TokenSigner long_key(std::string(500, 'k'), 30min);
    EXPECT_TRUE(long_key.verify(long_key.sign("a@b.c", now), now));
}

}  // namespace
}  // namespace alma::auth
