#include "cli/attached.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/stream/detach_keys.h"
#include "cli/stream/terminal.h"

namespace rundlet::cli {
namespace {

constexpr int kWaitFailed = 125;

bool is_gone(const orchestrate::EngineError& e) {
  return e.code() == ErrorCode::not_found || e.code() == ErrorCode::conflict;
}

// A container that has just exited takes no size and no signal; its exit is reported by others.
void tell_container(const std::function<void()>& act) {
  try {
    act();
  } catch (const orchestrate::EngineError& e) {
    if (!is_gone(e)) fmt::print(stderr, "{}\n", user_message(e));
  }
}

void resize(orchestrate::EngineClient& engine, const std::string& id, unsigned extra) {
  if (auto size = window_size(STDOUT_FILENO); size && size->height > 0)
    tell_container([&] { engine.resize_container(id, size->height + extra, size->width + extra); });
}

void forward(orchestrate::EngineClient& engine, const std::string& id, int signal) {
  tell_container([&] { engine.kill_container(id, signal_name(signal)); });
}

// The process may live on after it has closed its outputs.
void wait_for_exit(ExitWatch& exit, SignalListener& signals, const std::function<void(int)>& on_signal) {
  for (;;) {
    pollfd fds[] = {{exit.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) throw_errno("poll");
    if (fds[0].revents) return;
    while (auto signal = signals.next())
      if (*signal != SIGWINCH && on_signal) on_signal(*signal);
  }
}

}  // namespace

void check_terminal(bool attach_stdin, bool tty) {
  if (attach_stdin && tty && !is_terminal(STDIN_FILENO)) throw_invalid("the input device is not a TTY");
}

std::vector<uint32_t> console_size() {
  auto size = window_size(STDOUT_FILENO);
  if (!size) return {0, 0};
  return {size->height, size->width};
}

AttachedEnd stay_attached(orchestrate::EngineClient& engine, const AttachedOptions& options,
                          orchestrate::ProcessStream stream, ExitWatch& exit, SignalListener& signals) {
  StreamOptions streams;
  streams.tty = options.tty;
  streams.attach_stdin = options.attach_stdin;
  if (options.tty && options.attach_stdin)
    streams.detach_sequence =
        parse_detach_keys(options.detach_keys.empty() ? kDefaultDetachKeys : options.detach_keys);
  streams.signals = &signals;
  if (options.sig_proxy) streams.forward_signal = [&](int signal) { forward(engine, options.id, signal); };
  if (options.tty) {
    streams.on_resize = [&] { resize(engine, options.id, 0); };
    // A program redraws when its size has changed, and only then.
    if (options.redraw) resize(engine, options.id, 1);
    resize(engine, options.id, 0);
  }
  if (run_stream(std::move(stream), streams) == StreamEnd::user_detached) return {true, 0};
  wait_for_exit(exit, signals, streams.forward_signal);
  auto result = exit.result();
  if (!result.error.empty()) {
    fmt::print(stderr, "Error waiting for container: {}\n", result.error);
    return {false, kWaitFailed};
  }
  return {false, static_cast<int>(result.status_code)};
}

}  // namespace rundlet::cli
