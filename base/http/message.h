// HTTP/1.1 requests and responses as plain data. Parsing is Boost.Beast's, in the .cc files only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rundlet::http {

// Order kept, names compared without regard to case.
class Headers {
 public:
  void set(std::string name, std::string value);  // replaces
  void add(std::string name, std::string value);
  std::optional<std::string> get(std::string_view name) const;
  // True when one of the header's comma-separated tokens is `token` (Connection: keep-alive, Upgrade).
  bool has_token(std::string_view name, std::string_view token) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Url {
  std::string path;                                        // percent-decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, order kept
  std::optional<std::string> parameter(std::string_view name) const;
  std::vector<std::string> parameters(std::string_view name) const;
};
// Throws invalid_argument for a malformed target.
Url parse_target(std::string_view target);
std::string percent_encode(std::string_view text);  // everything but unreserved characters

std::string_view reason_phrase(int status);

}  // namespace rundlet::http
