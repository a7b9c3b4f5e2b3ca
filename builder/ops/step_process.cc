#include "builder/ops/step_process.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

namespace rundlet::builder::ops {
namespace {

constexpr int kPollInterval = 1000;   // milliseconds
constexpr int64_t kDrainTime = 3000;  // milliseconds for the last output after the exit

}  // namespace

StepProcess::StepProcess(const runtime::RuntimePaths& paths, const runtime::ShimSpec& spec,
                         OutputFrames::Write write)
    : id_(spec.id), frames_(std::move(write)) {
  auto [ours, theirs] = make_socket_pair(SOCK_STREAM);
  runtime::AttachSpec attach;
  attach.stdout_ = attach.stderr_ = attach.multiplexed = true;
  std::vector<std::pair<runtime::AttachSpec, Fd>> initial;
  initial.emplace_back(attach, std::move(theirs));
  shim_ = runtime::Shim::launch(paths, spec, std::move(initial));
  output_ = std::move(ours);
  // The shim holds stdin's end of the socket open as long as we do: we never write.
  ::shutdown(output_.get(), SHUT_WR);
  set_nonblocking(output_.get(), true);
}

StepProcess::~StepProcess() {
  try {
    if (!exit_ && !gone_) shim_->kill_all();
  } catch (const Error& e) {  // it may have ended by itself; else the bundle's cleaning kills by cgroup
    if (e.code() != ErrorCode::failed_precondition) log::warn("build step {}: {}", id_, e.what());
  }
  try {
    if (connected_ != nullptr) connected_->disconnect_network(id_);
  } catch (const std::exception& e) {
    log::error("build step {} cannot be taken off the network: {}", id_, e.what());
  }
}

void StepProcess::connect(BuildHost& host) {
  connected_ = &host;
  host.connect_network(id_, shim_->namespace_fd("network").get());
}

void StepProcess::wait_for_input(const Cancel& cancel) {
  pollfd fds[] = {
      {output_.get(), POLLIN, 0}, {shim_->event_fd(), POLLIN, 0}, {cancel ? cancel->fd() : -1, POLLIN, 0}};
  if (exit_ || gone_) fds[1].fd = -1;
  if (killed_) fds[2].fd = -1;
  if (::poll(fds, 3, kPollInterval) < 0 && errno != EINTR) throw_errno("poll");
}

// False at the end of the output.
bool StepProcess::read_output() {
  char buffer[64 * 1024];
  for (;;) {
    ssize_t count = ::read(output_.get(), buffer, sizeof buffer);
    if (count > 0) {
      frames_.feed({buffer, static_cast<size_t>(count)});
    } else if (count == 0 || errno == ECONNRESET) {
      return false;
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != EINTR) {
      throw_errno("read a build step's output");
    }
  }
}

void StepProcess::read_events() {
  while (auto event = shim_->next_event()) {
    if (event->kind == runtime::ShimEvent::Kind::exit) {
      exit_ = event->exit;
      shim_->acknowledge_exit();
      return;
    }
    if (event->kind == runtime::ShimEvent::Kind::gone) {
      gone_ = true;
      return;
    }
  }
}

void StepProcess::start() {
  try {
    shim_->start();
  } catch (const Error& e) {
    throw e.with_context("failed to create task for container");
  }
}

int StepProcess::run(const Cancel& cancel) {
  start();
  bool open = true;
  int64_t deadline = 0;  // set once the process has ended
  while (open || !(exit_ || gone_)) {
    wait_for_input(cancel);
    if (cancel && cancel->cancelled() && !killed_) {
      shim_->kill_all();
      killed_ = true;
    }
    if (open) open = read_output();
    if (!exit_ && !gone_) read_events();
    if ((exit_ || gone_) && deadline == 0) deadline = steady_millis() + kDrainTime;
    if (deadline != 0 && steady_millis() > deadline) break;
  }
  check_cancelled(cancel);
  if (!exit_) throw_error(ErrorCode::internal, "the build step's shim died");
  return exit_->status;
}

}  // namespace rundlet::builder::ops
