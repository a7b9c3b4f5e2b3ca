#include "registry-client/challenge.h"

#include <gtest/gtest.h>

namespace rundlet::registry_client {
namespace {

TEST(Challenge, ReadsBearerWithQuotedCommas) {
  auto challenges = parse_challenges(
      R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push")");
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].parameters["realm"], "https://auth.example/token");
  EXPECT_EQ(challenges[0].parameters["service"], "registry.example");
  EXPECT_EQ(challenges[0].parameters["scope"], "repository:a/b:pull,push");
}

TEST(Challenge, ReadsSeveralInOneHeader) {
  auto challenges =
      parse_challenges(R"(Basic realm="a, b", Bearer realm=https://x/t , service = "s", Negotiate)");
  ASSERT_EQ(challenges.size(), 3u);
  EXPECT_EQ(challenges[0].scheme, "basic");
  EXPECT_EQ(challenges[0].parameters["realm"], "a, b");
  EXPECT_EQ(challenges[1].scheme, "bearer");
  EXPECT_EQ(challenges[1].parameters["realm"], "https://x/t");
  EXPECT_EQ(challenges[1].parameters["service"], "s");
  EXPECT_EQ(challenges[2].scheme, "negotiate");
  EXPECT_TRUE(challenges[2].parameters.empty());
}

TEST(Challenge, UnquotesEscapes) {
  auto challenges = parse_challenges(R"(Basic realm="say \"hi\"")");
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].parameters["realm"], R"(say "hi")");
}

TEST(Challenge, EndsAtWhatIsMalformed) {
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges(" , ,").empty());
  EXPECT_TRUE(parse_challenges("\"\"").empty());
  EXPECT_EQ(parse_challenges("Basic realm=\"open").at(0).parameters.at("realm"), "open");
  EXPECT_EQ(parse_challenges("Negotiate abc==").at(0).scheme, "negotiate");
}

}  // namespace
}  // namespace rundlet::registry_client
