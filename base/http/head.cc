#include "base/http/head.h"

#include <fmt/format.h>

#include <ctime>

namespace rundlet::http {

namespace {

bool is_token(std::string_view text) {
  for (char c : text) {
    if (c <= ' ' || c >= 0x7f || std::string_view("()<>@,;:\\\"/[]?={}").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void append_fields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (!is_token(name) || breaks_line(value)) throw_invalid("invalid HTTP header " + name);
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += "\r\n";
}

}  // namespace

std::string format_request_head(std::string_view method, std::string_view target, const Headers& headers) {
  if (!is_token(method)) throw_invalid("invalid HTTP method");
  if (target.empty() || breaks_line(target) || target.find(' ') != std::string_view::npos) {
    throw_invalid("invalid request target");
  }
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", method, target);
  append_fields(out, headers);
  return out;
}

std::string format_response_head(int status, bool http_1_0, const Headers& headers) {
  std::string out = fmt::format("HTTP/1.{} {} {}\r\n", http_1_0 ? 0 : 1, status, reason_phrase(status));
  append_fields(out, headers);
  return out;
}

std::string chunk_prefix(size_t size) {
  return fmt::format("{:x}\r\n", size);
}

std::string http_date() {
  std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace rundlet::http
