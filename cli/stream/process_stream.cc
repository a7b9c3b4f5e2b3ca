#include "cli/stream/process_stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "cli/stream/detach_keys.h"
#include "cli/stream/terminal.h"
#include "orchestrate/engine/frames.h"

namespace rundlet::cli {
namespace {

constexpr size_t kBufferSize = 32 * 1024;

// Input is read only when the last of it has been taken, and output always, so that neither side waits for
// the other.
class Connection {
 public:
  Connection(orchestrate::ProcessStream stream, const StreamOptions& options)
      : stream_(std::move(stream)),
        options_(options),
        scanner_(options.detach_sequence),
        frames_([](orchestrate::OutputStream which, std::string_view data) {
          write_all(which == orchestrate::OutputStream::stderr_stream ? STDERR_FILENO : STDOUT_FILENO, data);
        }),
        input_open_(options.attach_stdin) {
    set_nonblocking(stream_.socket.get(), true);
    if (!input_open_) ::shutdown(stream_.socket.get(), SHUT_WR);
  }

  StreamEnd run() {
    if (!stream_.unread.empty()) show(stream_.unread);
    while (output_open_ && !scanner_.detached()) step();
    return scanner_.detached() ? StreamEnd::user_detached : StreamEnd::process_closed;
  }

 private:
  void step() {
    bool want_input = input_open_ && pending_.empty();
    short socket_events = static_cast<short>(POLLIN | (pending_.empty() ? 0 : POLLOUT));
    pollfd fds[] = {{stream_.socket.get(), socket_events, 0},
                    {want_input ? STDIN_FILENO : -1, POLLIN, 0},
                    {options_.signals ? options_.signals->fd() : -1, POLLIN, 0}};
    if (::poll(fds, 3, -1) < 0) {
      if (errno == EINTR) return;
      throw_errno("poll");
    }
    if (fds[2].revents) take_signals();
    if (fds[1].revents) read_input();
    if (fds[0].revents & POLLOUT) send_pending();
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) read_output();
  }

  void take_signals() {
    while (auto signal = options_.signals->next()) {
      if (*signal == SIGWINCH) {
        if (options_.on_resize) options_.on_resize();
      } else if (options_.forward_signal) {
        options_.forward_signal(*signal);
      }
    }
  }

  void read_input() {
    char buffer[kBufferSize];
    ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
      input_open_ = false;
      ::shutdown(stream_.socket.get(), SHUT_WR);
      return;
    }
    std::string_view data(buffer, static_cast<size_t>(count));
    pending_ = options_.detach_sequence.empty() ? std::string(data) : scanner_.feed(data);
    send_pending();
  }

  void send_pending() {
    while (!pending_.empty()) {
      ssize_t sent = ::send(stream_.socket.get(), pending_.data(), pending_.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        pending_.erase(0, static_cast<size_t>(sent));
        continue;
      }
      if (errno == EAGAIN || errno == EINTR) return;
      // The process has closed its stdin; what it still says is shown.
      pending_.clear();
      input_open_ = false;
    }
  }

  void read_output() {
    char buffer[kBufferSize];
    ssize_t count = ::recv(stream_.socket.get(), buffer, sizeof buffer, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0 && errno != ECONNRESET) throw_errno("read from the container");
    if (count <= 0) {
      output_open_ = false;
      return;
    }
    show({buffer, static_cast<size_t>(count)});
  }

  void show(std::string_view data) {
    if (options_.tty) {
      write_all(STDOUT_FILENO, data);
    } else {
      frames_.feed(data);
    }
  }

  orchestrate::ProcessStream stream_;
  const StreamOptions& options_;
  DetachScanner scanner_;
  orchestrate::FrameDecoder frames_;
  std::string pending_;
  bool input_open_;
  bool output_open_ = true;
};

}  // namespace

StreamEnd run_stream(orchestrate::ProcessStream stream, const StreamOptions& options) {
  std::optional<RawMode> raw;
  if (options.tty && options.attach_stdin) raw.emplace(STDIN_FILENO);
  return Connection(std::move(stream), options).run();
}

}  // namespace rundlet::cli
