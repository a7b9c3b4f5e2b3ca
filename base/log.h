// Structured log lines on stderr: `time=… level=info msg="…" key=value`. One line is one write.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace rundlet::log {

enum class Level { debug, info, warn, error };

// Throws invalid_argument for a name that is not debug, info, warn, error or fatal (dockerd's names).
Level level_from_string(std::string_view name);
void set_level(Level level);
bool enabled(Level level);
void write(Level level, std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::warn)) write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace rundlet::log
