// Sizes and durations in words, as docker prints and reads them (github.com/docker/go-units).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rundlet::spec {

// "1.23kB": powers of 1000, four significant digits (three when `digits` says so).
std::string human_size(double bytes, int digits = 4);
// "1.5MiB": powers of 1024.
std::string binary_size(double bytes);
// "Less than a second", "12 seconds", "About an hour", "3 weeks".
std::string human_duration(int64_t nanos);
// "64m", "1.5gb", "4096", "2KiB": bytes by powers of 1024. Throws invalid_argument ("invalid size: 'x'").
int64_t parse_binary_size(std::string_view text);

}  // namespace rundlet::spec
