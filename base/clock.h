// Wall-clock time as the formats of this field write it: RFC 3339 with nanoseconds, UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rundlet {

using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

TimePoint now();
// "2026-11-20T18:46:42.123456789Z", trailing zeros of the fraction dropped as Go's RFC3339Nano does.
std::string format_rfc3339(TimePoint time);
// Accepts a numeric zone and any number of fraction digits; nullopt when it is not RFC 3339. Times outside 1677 to 2262
// become the nearest that a TimePoint holds.
std::optional<TimePoint> parse_rfc3339(std::string_view text);
int64_t unix_seconds(TimePoint time);
int64_t unix_nanos(TimePoint time);
TimePoint from_unix_nanos(int64_t nanos);
// Go's duration form "1h2m3.5s", "300ms", "0"; nullopt when malformed or longer than 292 years.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);
// Monotonic milliseconds, for deadlines.
int64_t steady_millis();

}  // namespace rundlet
