#include <cctype>
#include <charconv>

#include "base/error.h"
#include "daemon/engine/host_config.h"

namespace rundlet::daemon {
namespace {

// "10m" in bytes; units are powers of 1024, as docker has it.
int64_t parse_size(const std::string& text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(end, text.data() + text.size());
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (unit.ends_with('b')) unit.pop_back();
  int shift = unit.empty() ? 0 : unit == "k" ? 10 : unit == "m" ? 20 : unit == "g" ? 30 : -1;
  if (error != std::errc() || shift < 0 || value < 0 || value > INT64_MAX >> shift)
    throw_invalid("invalid log opt max-size: invalid size: '" + text + "'");
  return value << shift;
}

int parse_count(const std::string& text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw_invalid("invalid log opt max-file: \"" + text + "\" is not a number");
  if (value < 1) throw_invalid("max-file cannot be less than 1");
  return value;
}

}  // namespace

LogLimits parse_log_options(const std::map<std::string, std::string>& options) {
  LogLimits limits;
  for (const auto& [name, value] : options) {
    if (name == "max-size") {
      if (value != "-1") limits.max_size = parse_size(value);
    } else if (name == "max-file") {
      limits.max_file = parse_count(value);
    } else {
      throw_invalid("unknown log opt '" + name + "' for json-file log driver");
    }
  }
  if (limits.max_file > 1 && limits.max_size < 0)
    throw_invalid("max-file cannot be greater than 1 when max-size is not set");
  return limits;
}

}  // namespace rundlet::daemon
