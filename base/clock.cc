#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace rundlet {
namespace {

using std::chrono::nanoseconds;

// Reads exactly `width` digits at `pos`, advancing it; -1 when they are not there.
int digits(std::string_view text, size_t& pos, int width) {
  int value = 0;
  for (int i = 0; i < width; ++i, ++pos) {
    if (pos >= text.size() || text[pos] < '0' || text[pos] > '9') return -1;
    value = value * 10 + (text[pos] - '0');
  }
  return value;
}

bool literal(std::string_view text, size_t& pos, char expected) {
  if (pos >= text.size() || text[pos] != expected) return false;
  ++pos;
  return true;
}

int64_t fraction_nanos(std::string_view text, size_t& pos) {
  int64_t nanos = 0;
  int64_t unit = 100'000'000;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos, unit /= 10)
    nanos += unit * (text[pos] - '0');
  return nanos;
}

// "Z" or "+hh:mm" at pos, to the end of the text; seconds east of UTC.
std::optional<int> zone_seconds(std::string_view text, size_t& pos) {
  if (literal(text, pos, 'Z') || literal(text, pos, 'z')) return pos == text.size() ? std::optional(0) : std::nullopt;
  if (pos >= text.size() || (text[pos] != '+' && text[pos] != '-')) return std::nullopt;
  int sign = text[pos++] == '-' ? -1 : 1;
  int hours = digits(text, pos, 2);
  if (hours < 0 || !literal(text, pos, ':')) return std::nullopt;
  int minutes = digits(text, pos, 2);
  if (minutes < 0 || pos != text.size()) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

std::optional<double> unit_nanos(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "µs" || unit == "μs") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  if (unit == "m") return 60e9;
  if (unit == "h") return 3600e9;
  return std::nullopt;
}

bool is_number_char(char c) { return (c >= '0' && c <= '9') || c == '.'; }

}  // namespace

TimePoint now() { return std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now()); }

std::string format_rfc3339(TimePoint time) {
  int64_t nanos = unix_nanos(time);
  int64_t seconds = unix_seconds(time);
  int64_t fraction = nanos - seconds * 1'000'000'000;
  std::time_t clock = seconds;
  std::tm tm{};
  ::gmtime_r(&clock, &tm);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                                 tm.tm_hour, tm.tm_min, tm.tm_sec);
  if (fraction > 0) {
    text += fmt::format(".{:09}", fraction);
    while (text.back() == '0') text.pop_back();
  }
  return text + 'Z';
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  size_t pos = 0;
  std::tm tm{};
  int year = digits(text, pos, 4);
  if (year < 0 || !literal(text, pos, '-')) return std::nullopt;
  int month = digits(text, pos, 2);
  if (month < 1 || month > 12 || !literal(text, pos, '-')) return std::nullopt;
  tm.tm_mday = digits(text, pos, 2);
  if (tm.tm_mday < 1 || tm.tm_mday > 31 || pos >= text.size()) return std::nullopt;
  if (text[pos] != 'T' && text[pos] != 't' && text[pos] != ' ') return std::nullopt;
  ++pos;
  tm.tm_hour = digits(text, pos, 2);
  if (tm.tm_hour < 0 || !literal(text, pos, ':')) return std::nullopt;
  tm.tm_min = digits(text, pos, 2);
  if (tm.tm_min < 0 || !literal(text, pos, ':')) return std::nullopt;
  tm.tm_sec = digits(text, pos, 2);
  if (tm.tm_sec < 0) return std::nullopt;
  int64_t nanos = literal(text, pos, '.') ? fraction_nanos(text, pos) : 0;
  auto zone = zone_seconds(text, pos);
  if (!zone) return std::nullopt;
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  return from_unix_nanos((::timegm(&tm) - *zone) * 1'000'000'000 + nanos);
}

int64_t unix_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
int64_t unix_nanos(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint from_unix_nanos(int64_t nanos) { return TimePoint(nanoseconds(nanos)); }

std::optional<nanoseconds> parse_go_duration(std::string_view text) {
  if (text == "0") return nanoseconds(0);
  bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    size_t number_end = 0;
    while (number_end < text.size() && is_number_char(text[number_end])) ++number_end;
    size_t unit_end = number_end;
    while (unit_end < text.size() && !is_number_char(text[unit_end])) ++unit_end;
    auto unit = unit_nanos(text.substr(number_end, unit_end - number_end));
    if (number_end == 0 || !unit) return std::nullopt;
    total += std::stod(std::string(text.substr(0, number_end))) * *unit;
    text.remove_prefix(unit_end);
  }
  return nanoseconds(static_cast<int64_t>(negative ? -total : total));
}

int64_t steady_millis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace rundlet
