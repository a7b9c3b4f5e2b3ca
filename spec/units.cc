#include "spec/units.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace rundlet::spec {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string scaled(double bytes, double base, int digits, const char* const* units, int last) {
  int unit = 0;
  while (bytes >= base && unit < last) {
    bytes /= base;
    ++unit;
  }
  return fmt::format("{:.{}g}{}", bytes, digits, units[unit]);
}

// The power of 1024 that a suffix names: "", "b", "k", "kb", "kib", … in either case; -1 when it names none.
int binary_power(std::string_view suffix) {
  std::string lower;
  for (char c : suffix) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (lower.empty() || lower == "b") return 0;
  size_t power = std::string_view("kmgtp").find(lower[0]);
  std::string_view rest = std::string_view(lower).substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) return -1;
  return static_cast<int>(power) + 1;
}

}  // namespace

std::string human_size(double bytes, int digits) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  return scaled(bytes, 1000, digits, kUnits, 8);
}

std::string binary_size(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
  return scaled(bytes, 1024, 4, kUnits, 8);
}

std::string human_duration(int64_t nanos) {
  int64_t seconds = nanos / kSecond;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return fmt::format("{} seconds", seconds);
  int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return fmt::format("{} minutes", minutes);
  int64_t hours = static_cast<int64_t>(std::llround(static_cast<double>(nanos) / (3600.0 * kSecond)));
  if (hours == 1) return "About an hour";
  if (hours < 48) return fmt::format("{} hours", hours);
  if (hours < 24 * 7 * 2) return fmt::format("{} days", hours / 24);
  if (hours < 24 * 30 * 2) return fmt::format("{} weeks", hours / 24 / 7);
  if (hours < 24 * 365 * 2) return fmt::format("{} months", hours / 24 / 30);
  return fmt::format("{} years", seconds / (3600 * 24 * 365));
}

int64_t parse_binary_size(std::string_view text) {
  auto invalid = [&] { throw_invalid("invalid size: '" + std::string(text) + "'"); };
  size_t digits = text.find_first_not_of("0123456789.");
  std::string_view number = text.substr(0, digits);
  std::string_view suffix = digits == text.npos ? std::string_view() : text.substr(digits);
  if (suffix.starts_with(' ')) suffix.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  int power = binary_power(suffix);
  if (number.empty() || error != std::errc() || end != number.data() + number.size() || power < 0) invalid();
  value *= std::pow(1024.0, power);
  if (value >= static_cast<double>(std::numeric_limits<int64_t>::max())) invalid();
  return static_cast<int64_t>(value);
}

}  // namespace rundlet::spec
