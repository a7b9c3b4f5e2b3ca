// Small text helpers, named as their Go counterparts are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rundlet::cli {

std::vector<std::string> split(std::string_view text, char separator);
// Before and after the first separator; nullopt when there is none.
std::optional<std::pair<std::string, std::string>> cut(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string trim(std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
// One record of comma-separated values; a field may be quoted. Throws invalid_argument.
std::vector<std::string> parse_csv(std::string_view text);
// An IPv4 or IPv6 address.
bool is_ip_address(const std::string& text);

}  // namespace rundlet::cli
