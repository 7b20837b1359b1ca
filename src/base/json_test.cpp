#include "base/json.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

enum class Mood { calm, very_loud };
BOOST_DESCRIBE_ENUM(Mood, calm, very_loud)

struct Pet {
    std::string name;
    std::optional<int> age;
    Mood mood = Mood::calm;
    std::vector<std::string> toys;
    bool is_vaccinated = false;
};
BOOST_DESCRIBE_STRUCT(Pet, (), (name, age, mood, toys, is_vaccinated))

TEST(Json, IsWrittenInTheOrderOfTheMembers) {
    const Pet pet{
        .name = "Rex", .age = 3, .mood = Mood::very_loud, .toys = {"ball", "bone"}, .is_vaccinated = true};
    EXPECT_EQ(to_json(pet),
              R"({"name":"Rex","age":3,"mood":"VERY_LOUD","toys":["ball","bone"],"is_vaccinated":true})");
    EXPECT_EQ(to_json(std::vector{Pet{}}),
              R"([{"name":"","age":null,"mood":"CALM","toys":[],"is_vaccinated":false}])");
}

TEST(Json, TextIsEscapedAndOtherwiseKept) {
    EXPECT_EQ(to_json(std::string("a\"b\\c\n\x01 张伟 </script>")),
              "\"a\\\"b\\\\c\\n\\u0001 张伟 </script>\"");
}

TEST(Json, EveryControlCharacterIsEscaped) {
    EXPECT_EQ(to_json(std::string("\x7f|\u0080|\u009b|\u009f|\u2028|\u2029")),
              R"("\u007f|\u0080|\u009b|\u009f|\u2028|\u2029")");
    EXPECT_EQ(to_json(std::string("~\u00a0\u00c2\u2027\u202a\u20ac")), "\"~\u00a0\u00c2\u2027\u202a\u20ac\"");
    EXPECT_EQ(to_json(std::string("cut short \xc2")), "\"cut short \ufffd\"");
}

TEST(Json, BytesThatAreNotUtf8BecomeReplacementCharacters) {
    EXPECT_EQ(to_json(std::string("a\xff"
                                  "b")),
              "\"a\xef\xbf\xbd"
              "b\"");
}

TEST(EnumText, IsTheEnumeratorInUpperCaseBothWays) {
    EXPECT_EQ(parse_enum<Mood>("VERY_LOUD"), Mood::very_loud);
    EXPECT_EQ(parse_enum<Mood>("very_loud"), std::nullopt);
    EXPECT_EQ(enum_texts<Mood>(), (std::array<std::string_view, 2>{"CALM", "VERY_LOUD"}));
}

}  // namespace
}  // namespace alma
