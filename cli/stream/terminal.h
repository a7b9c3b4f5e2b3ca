// The user's terminal: its size, and raw mode while a container's process has it.
#pragma once

#include <termios.h>

#include <optional>

namespace rundlet::cli {

bool is_terminal(int fd);

struct WindowSize {
  unsigned height = 0, width = 0;
};
// nullopt when fd is no terminal.
std::optional<WindowSize> window_size(int fd);

// Keys go through as they are while it lives. Does nothing where fd is no terminal.
class RawMode {
 public:
  explicit RawMode(int fd);
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  int fd_;
  std::optional<termios> saved_;
};

}  // namespace rundlet::cli
