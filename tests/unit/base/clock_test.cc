#include "base/clock.h"

#include <gtest/gtest.h>

namespace rundlet {
namespace {

TEST(Rfc3339, IsWrittenAsGoDoes) {
  EXPECT_EQ(format_rfc3339(from_unix_nanos(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(from_unix_nanos(1'700'000'000'123'456'789)), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(format_rfc3339(from_unix_nanos(1'700'000'000'120'000'000)), "2023-11-14T22:13:20.12Z");
  EXPECT_EQ(format_rfc3339(from_unix_nanos(-1)), "1969-12-31T23:59:59.999999999Z");
}

TEST(Rfc3339, ReadsWhatItWrites) {
  for (int64_t nanos : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1'700'000'000'000'000'001}})
    EXPECT_EQ(parse_rfc3339(format_rfc3339(from_unix_nanos(nanos))), from_unix_nanos(nanos));
}

TEST(Rfc3339, ReadsZonesAndFractions) {
  auto noon = parse_rfc3339("2024-02-29T12:00:00Z");
  ASSERT_TRUE(noon.has_value());
  EXPECT_EQ(parse_rfc3339("2024-02-29T14:30:00+02:30"), noon);
  EXPECT_EQ(parse_rfc3339("2024-02-29T03:00:00.000-09:00"), noon);
  EXPECT_EQ(parse_rfc3339("2024-02-29T12:00:00.0000000001Z"), noon);
  EXPECT_EQ(unix_nanos(*parse_rfc3339("2024-02-29T12:00:00.5Z")) - unix_nanos(*noon), 500'000'000);
}

TEST(Rfc3339, RefusesOtherTexts) {
  for (const char* text :
       {"", "2024", "2024-02-29", "2024-02-29T12:00:00", "2024-13-01T00:00:00Z", "x", "2024-02-29T12:00Z",
        "2024-02-29T12:00:00Zx", "2024-02-29T12:00:00+0200", "2024-02-00T00:00:00Z", "2024-02-30T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00.Z"})
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
}

TEST(GoDuration, ReadsGosForm) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0", 0},
      {"0s", 0},
      {"30s", 30'000'000'000},
      {"1h2m3.5s", 3'723'500'000'000},
      {"300ms", 300'000'000},
      {"-1.5h", -5'400'000'000'000},
      {"+5s", 5'000'000'000},
      {"1us", 1000},
      {"1µs", 1000},
      {"10ns", 10},
      {".5s", 500'000'000},
      {"1.s", 1'000'000'000},
  };
  for (const auto& [text, nanos] : cases) {
    auto found = parse_go_duration(text);
    ASSERT_TRUE(found.has_value()) << text;
    EXPECT_EQ(found->count(), nanos) << text;
  }
}

TEST(GoDuration, RefusesOtherTexts) {
  for (const char* text : {"", "5", "s", "5x", "-", "+", "1h 2m", ".", ".s", "1..5s", "1.2.3s", "5s5",
                           "99999999999h", "1e3s", "--5s"})
    EXPECT_FALSE(parse_go_duration(text).has_value()) << text;
}

}  // namespace
}  // namespace rundlet
