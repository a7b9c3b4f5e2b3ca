#include "cli/options/timestamps.h"

#include <fmt/format.h>

#include <ctime>
#include <optional>

#include "base/error.h"

namespace rundlet::cli {
namespace {

std::string unix_text(int64_t nanos) {
  return fmt::format("{}.{:09}", nanos / 1'000'000'000, nanos % 1'000'000'000);
}

bool is_unix(const std::string& text) {
  size_t dot = text.find('.');
  return text.find_first_not_of("0123456789.") == text.npos &&
         text.find('.', dot == text.npos ? dot : dot + 1) == text.npos;
}

// A date without zone, in local time.
std::optional<int64_t> local_seconds(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"}) {
    std::tm tm{};
    const char* end = ::strptime(text.c_str(), format, &tm);
    if (!end || *end != 0) continue;
    tm.tm_isdst = -1;
    return ::mktime(&tm);
  }
  return std::nullopt;
}

}  // namespace

std::string to_unix_timestamp(const char* flag, const std::string& text, TimePoint now) {
  if (text.empty()) return text;
  if (is_unix(text)) return text;
  if (auto ago = parse_go_duration(text)) return unix_text(unix_nanos(now) - ago->count());
  if (auto time = parse_rfc3339(text)) return unix_text(unix_nanos(*time));
  if (auto seconds = local_seconds(text)) return fmt::format("{}.000000000", *seconds);
  throw_invalid(
      fmt::format("invalid value for \"{}\": failed to parse value as time or duration: \"{}\"", flag, text));
}

}  // namespace rundlet::cli
