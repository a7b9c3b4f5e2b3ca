#include "cli/stream/detach_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::cli {
namespace {

TEST(DetachKeys, Names) {
  EXPECT_EQ(parse_detach_keys("ctrl-p,ctrl-q"), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("a,ctrl-["), "a\x1b");
  EXPECT_EQ(parse_detach_keys("ctrl-@"), std::string(1, '\0'));
  EXPECT_THROW(parse_detach_keys("ctrl-"), Error);
  EXPECT_THROW(parse_detach_keys("foo"), Error);
}

TEST(DetachScanner, HoldsBackAndPassesOn) {
  DetachScanner scanner("\x10\x11");
  EXPECT_EQ(scanner.feed("ab\x10"), "ab");
  EXPECT_EQ(scanner.feed("c"),
            "\x10"
            "c");
  EXPECT_EQ(scanner.feed("\x10\x10"), "\x10");
  EXPECT_FALSE(scanner.detached());
  EXPECT_EQ(scanner.feed("\x11rest"), "");
  EXPECT_TRUE(scanner.detached());
}

TEST(DetachScanner, OneKey) {
  DetachScanner scanner("x");
  EXPECT_EQ(scanner.feed("abxc"), "ab");
  EXPECT_TRUE(scanner.detached());
}

}  // namespace
}  // namespace rundlet::cli
