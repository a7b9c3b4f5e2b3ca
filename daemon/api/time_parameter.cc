#include "daemon/api/time_parameter.h"

#include <charconv>

#include "base/error.h"

namespace rundlet::daemon {

std::optional<TimePoint> time_parameter(const Call& call, std::string_view name) {
  std::string text = call.text(name);
  if (text.empty() || text == "0") return std::nullopt;
  if (auto time = parse_rfc3339(text)) return time;
  int64_t seconds = 0, nanos = 0;
  const char* end = text.data() + text.size();
  auto [dot, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || (dot != end && *dot != '.'))
    throw_invalid("invalid value for \"" + std::string(name) + "\": failed to parse value \"" + text + "\" as time");
  if (dot != end) {
    std::string fraction(dot + 1, end);
    fraction.resize(9, '0');
    std::from_chars(fraction.data(), fraction.data() + 9, nanos);
  }
  return from_unix_nanos(seconds * 1'000'000'000 + nanos);
}

}  // namespace rundlet::daemon
