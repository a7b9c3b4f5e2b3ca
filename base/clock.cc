#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace rundlet {
namespace {

using std::chrono::nanoseconds;

constexpr int64_t kSecond = 1'000'000'000;

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

// ".123456789" at pos, or nothing; what is finer than nanoseconds is dropped. nullopt when digits are
// missing.
std::optional<int64_t> fraction_nanos(std::string_view text, size_t& pos) {
  if (!literal(text, pos, '.')) return 0;
  size_t start = pos;
  int64_t nanos = 0;
  int64_t unit = kSecond / 10;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos, unit /= 10)
    nanos += unit * (text[pos] - '0');
  return pos > start ? std::optional(nanos) : std::nullopt;
}

// "Z" or "+hh:mm" at pos, to the end of the text; seconds east of UTC.
std::optional<int> zone_seconds(std::string_view text, size_t& pos) {
  if (literal(text, pos, 'Z') || literal(text, pos, 'z'))
    return pos == text.size() ? std::optional(0) : std::nullopt;
  if (pos >= text.size() || (text[pos] != '+' && text[pos] != '-')) return std::nullopt;
  int sign = text[pos++] == '-' ? -1 : 1;
  int hours = digits(text, pos, 2);
  if (hours < 0 || hours > 23 || !literal(text, pos, ':')) return std::nullopt;
  int minutes = digits(text, pos, 2);
  if (minutes < 0 || minutes > 59 || pos != text.size()) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

std::optional<int64_t> unit_nanos(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "µs" || unit == "μs") return 1000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return kSecond;
  if (unit == "m") return 60 * kSecond;
  if (unit == "h") return 3600 * kSecond;
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes digits off the front of text; nullopt when they do not fit.
std::optional<int64_t> take_integer(std::string_view& text) {
  int64_t value = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, text.front() - '0', &value))
      return std::nullopt;
  return value;
}

// Takes "1.5h" off the front of text.
std::optional<int64_t> take_duration(std::string_view& text) {
  size_t before = text.size();
  auto whole = take_integer(text);
  size_t digits_seen = before - text.size();
  double fraction = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    for (double place = 0.1; !text.empty() && is_digit(text.front());
         text.remove_prefix(1), place /= 10, ++digits_seen)
      fraction += place * (text.front() - '0');
  }
  size_t unit_end = 0;
  while (unit_end < text.size() && !is_digit(text[unit_end]) && text[unit_end] != '.') ++unit_end;
  auto unit = unit_nanos(text.substr(0, unit_end));
  text.remove_prefix(unit_end);
  int64_t nanos = 0;
  if (!whole || !unit || digits_seen == 0 || __builtin_mul_overflow(*whole, *unit, &nanos))
    return std::nullopt;
  auto part = static_cast<int64_t>(fraction * static_cast<double>(*unit) + 0.5);
  return __builtin_add_overflow(nanos, part, &nanos) ? std::nullopt : std::optional(nanos);
}

// "12:34:56" at pos; seconds of the day. A leap second counts as the second before it.
std::optional<int64_t> time_of_day(std::string_view text, size_t& pos) {
  int hours = digits(text, pos, 2);
  if (hours < 0 || hours > 23 || !literal(text, pos, ':')) return std::nullopt;
  int minutes = digits(text, pos, 2);
  if (minutes < 0 || minutes > 59 || !literal(text, pos, ':')) return std::nullopt;
  int seconds = digits(text, pos, 2);
  if (seconds < 0 || seconds > 60) return std::nullopt;
  return hours * 3600 + minutes * 60 + std::min(seconds, 59);
}

// "2006-01-02" at pos; days since 1970.
std::optional<int64_t> date(std::string_view text, size_t& pos) {
  using namespace std::chrono;
  int year = digits(text, pos, 4);
  if (year < 0 || !literal(text, pos, '-')) return std::nullopt;
  int month = digits(text, pos, 2);
  if (month < 0 || !literal(text, pos, '-')) return std::nullopt;
  int day = digits(text, pos, 2);
  if (day < 0) return std::nullopt;
  year_month_day found{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                       std::chrono::day(static_cast<unsigned>(day))};
  if (!found.ok()) return std::nullopt;
  return sys_days(found).time_since_epoch().count();
}

// Times beyond what 64 bits of nanoseconds hold (1677 to 2262) become the nearest that they do.
TimePoint saturated(int64_t seconds, int64_t nanos) {
  constexpr int64_t kLimit = INT64_MAX / kSecond - 1;
  if (seconds > kLimit) return TimePoint::max();
  if (seconds < -kLimit) return TimePoint::min();
  return from_unix_nanos(seconds * kSecond + nanos);
}

}  // namespace

TimePoint now() {
  return std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(TimePoint time) {
  int64_t nanos = unix_nanos(time);
  int64_t seconds = unix_seconds(time);
  int64_t fraction = nanos - seconds * 1'000'000'000;
  std::time_t clock = seconds;
  std::tm tm{};
  ::gmtime_r(&clock, &tm);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", tm.tm_year + 1900, tm.tm_mon + 1,
                                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  if (fraction > 0) {
    text += fmt::format(".{:09}", fraction);
    while (text.back() == '0') text.pop_back();
  }
  return text + 'Z';
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  size_t pos = 0;
  auto days = date(text, pos);
  if (!days || pos >= text.size() || (text[pos] != 'T' && text[pos] != 't' && text[pos] != ' '))
    return std::nullopt;
  auto seconds = time_of_day(text, ++pos);
  if (!seconds) return std::nullopt;
  auto nanos = fraction_nanos(text, pos);
  if (!nanos) return std::nullopt;
  auto zone = zone_seconds(text, pos);
  if (!zone) return std::nullopt;
  return saturated(*days * 86400 + *seconds - *zone, *nanos);
}

int64_t unix_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
int64_t unix_nanos(TimePoint time) {
  return time.time_since_epoch().count();
}
TimePoint from_unix_nanos(int64_t nanos) {
  return TimePoint(nanoseconds(nanos));
}

std::optional<nanoseconds> parse_go_duration(std::string_view text) {
  if (text == "0") return nanoseconds(0);
  bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  while (!text.empty()) {
    auto part = take_duration(text);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
  }
  return nanoseconds(negative ? -total : total);
}

int64_t steady_millis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace rundlet
