#include "cli/stream/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"

namespace rundlet::cli {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

std::optional<WindowSize> window_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return WindowSize{size.ws_row, size.ws_col};
}

RawMode::RawMode(int fd) : fd_(fd) {
  termios now{};
  if (::tcgetattr(fd, &now) != 0) return;
  termios raw = now;
  ::cfmakeraw(&raw);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (::tcsetattr(fd, TCSANOW, &raw) != 0) throw_errno("set the terminal to raw mode");
  saved_ = now;
}

RawMode::~RawMode() {
  if (saved_) ::tcsetattr(fd_, TCSADRAIN, &*saved_);
}

}  // namespace rundlet::cli
