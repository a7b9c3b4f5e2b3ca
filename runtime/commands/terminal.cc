#include "runtime/commands/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/error.h"

namespace rundlet::runtime {
namespace {

// Our terminal in raw mode, if it is one, for the life of this.
class RawMode {
 public:
  RawMode() {
    termios now;
    if (::tcgetattr(STDIN_FILENO, &now) < 0) return;
    saved_ = now;
    ::cfmakeraw(&now);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  ~RawMode() {
    if (saved_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*saved_);
  }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  std::optional<termios> saved_;
};

void copy_size(const Fd& master) {
  winsize size;
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(master.get(), TIOCSWINSZ, &size);
}

Fd watch_resizes() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGWINCH);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw_errno("signalfd");
  return fd;
}

// False at the end of the input.
bool copy_once(int from, int to) {
  std::array<char, 16384> buffer;
  ssize_t size = ::read(from, buffer.data(), buffer.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (size <= 0) return false;
  write_all(to, {buffer.data(), static_cast<size_t>(size)});
  return true;
}

}  // namespace

void relay_terminal(const Fd& master, const Fd& pidfd) {
  RawMode raw;
  Fd resizes = watch_resizes();
  copy_size(master);
  bool input = true;
  for (;;) {
    std::array<pollfd, 4> waited = {{{master.get(), POLLIN, 0},
                                     {pidfd.get(), POLLIN, 0},
                                     {resizes.get(), POLLIN, 0},
                                     {input ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) throw_errno("poll");
    if (waited[0].revents != 0 && !copy_once(master.get(), STDOUT_FILENO))
      return;  // EIO: nobody has it open any more
    if (waited[0].revents == 0 && waited[1].revents != 0) return;
    if (waited[2].revents != 0) {
      signalfd_siginfo info;
      while (::read(resizes.get(), &info, sizeof info) > 0) continue;
      copy_size(master);
    }
    if (input && waited[3].revents != 0) input = copy_once(STDIN_FILENO, master.get());
  }
}

}  // namespace rundlet::runtime
