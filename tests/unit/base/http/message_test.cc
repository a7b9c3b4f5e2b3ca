#include "base/http/message.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/http/head.h"

namespace rundlet::http {

TEST(Headers, NamesAreComparedWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "a");
  headers.add("content-type", "b");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
  headers.set("Content-type", "c");
  EXPECT_EQ(headers.all().size(), 1u);
  EXPECT_EQ(headers.get("content-type"), "c");
  EXPECT_FALSE(headers.get("content"));
}

TEST(Headers, TokensOfListsAndRepeatedFields) {
  Headers headers;
  headers.add("Connection", "keep-alive , Upgrade");
  headers.add("Connection", "x");
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("connection", "X"));
  EXPECT_FALSE(headers.has_token("connection", "keep"));
}

TEST(ParseTarget, DecodesPathAndQuery) {
  Url url = parse_target("/a%2Fb/c+d?x=1+2&y=%26&x=3&flag&=v&");
  EXPECT_EQ(url.path, "/a/b/c+d");
  EXPECT_EQ(url.parameter("x"), "1 2");
  EXPECT_EQ(url.parameters("x"), (std::vector<std::string>{"1 2", "3"}));
  EXPECT_EQ(url.parameter("y"), "&");
  EXPECT_EQ(url.parameter("flag"), "");
  EXPECT_FALSE(url.parameter("z"));
}

TEST(ParseTarget, TakesTheAbsoluteForm) {
  EXPECT_EQ(parse_target("http://docker/v1.41/info?a=b").path, "/v1.41/info");
  EXPECT_EQ(parse_target("http://docker").path, "/");
}

TEST(ParseTarget, RefusesMalformedEscapes) {
  for (const char* target : {"/%", "/%4", "/%zz", "/a%00b", "/x?y=%0", "relative", ""}) {
    EXPECT_THROW(parse_target(target), Error) << target;
  }
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("a/b c~1_2.-\xc3\xa9"), "a%2Fb%20c~1_2.-%C3%A9");
  EXPECT_EQ(parse_target("/?v=" + percent_encode("a+b&c=d %\x7f")).parameter("v"), "a+b&c=d %\x7f");
}

TEST(FormatHead, RefusesToBreakOutOfALine) {
  Headers split, bad_name;
  split.add("X", "a\r\nSet-Cookie: b");
  bad_name.add("X Y", "a");
  EXPECT_THROW(format_response_head(200, false, split), Error);
  EXPECT_THROW(format_response_head(200, false, bad_name), Error);
  EXPECT_THROW(format_request_head("GET", "/a b", {}), Error);
  EXPECT_THROW(format_request_head("GET", "/a\r\nX: y", {}), Error);
  EXPECT_THROW(format_request_head("GE T", "/", {}), Error);
}

}  // namespace rundlet::http
