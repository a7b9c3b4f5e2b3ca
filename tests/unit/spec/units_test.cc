#include "spec/units.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::spec {
namespace {

TEST(Units, Sizes) {
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(human_size(999), "999B");
  EXPECT_EQ(human_size(1234), "1.234kB");
  EXPECT_EQ(human_size(1234567, 3), "1.23MB");
  EXPECT_EQ(human_size(117e6, 3), "117MB");
  EXPECT_EQ(binary_size(1536), "1.5KiB");
  EXPECT_EQ(binary_size(64 << 20), "64MiB");
}

TEST(Units, ParsesSizes) {
  EXPECT_EQ(parse_binary_size("64m"), 64 << 20);
  EXPECT_EQ(parse_binary_size("1.5GB"), 1610612736);
  EXPECT_EQ(parse_binary_size("32"), 32);
  EXPECT_EQ(parse_binary_size("2KiB"), 2048);
  EXPECT_EQ(parse_binary_size("0"), 0);
  for (const char* text : {"", "m", "-1", "1x", "1mm", "1..5", "9999999p", "1 2"})
    EXPECT_THROW(parse_binary_size(text), Error) << text;
}

TEST(Units, Durations) {
  constexpr int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(human_duration(1), "Less than a second");
  EXPECT_EQ(human_duration(kSecond), "1 second");
  EXPECT_EQ(human_duration(59 * kSecond), "59 seconds");
  EXPECT_EQ(human_duration(60 * kSecond), "About a minute");
  EXPECT_EQ(human_duration(45 * 60 * kSecond), "45 minutes");
  EXPECT_EQ(human_duration(60 * 60 * kSecond), "About an hour");
  EXPECT_EQ(human_duration(47LL * 3600 * kSecond), "47 hours");
  EXPECT_EQ(human_duration(48LL * 3600 * kSecond), "2 days");
  EXPECT_EQ(human_duration(14LL * 24 * 3600 * kSecond), "2 weeks");
  EXPECT_EQ(human_duration(90LL * 24 * 3600 * kSecond), "3 months");
  EXPECT_EQ(human_duration(800LL * 24 * 3600 * kSecond), "2 years");
}

}  // namespace
}  // namespace rundlet::spec
