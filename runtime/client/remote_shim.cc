#include "runtime/client/remote_shim.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/clock.h"
#include "base/error.h"

namespace rundlet::runtime {
namespace {

// A start waits for mounts and hooks, nothing else waits for anything.
constexpr int kReplyTimeoutMs = 120'000;
constexpr std::array<const char*, 4> kNamespaces{"network", "ipc", "uts", "pid"};

ShimEvent::Kind kind_of(const std::string& name) {
  if (name == "exit") return ShimEvent::Kind::exit;
  if (name == "exec_exit") return ShimEvent::Kind::exec_exit;
  if (name == "oom") return ShimEvent::Kind::oom;
  throw_error(ErrorCode::internal, "the shim sent an unknown note: " + name);
}

size_t namespace_index(const std::string& type) {
  for (size_t i = 0; i < kNamespaces.size(); ++i)
    if (kNamespaces[i] == type) return i;
  throw_invalid("no such namespace: " + type);
}

[[noreturn]] void throw_gone() {
  throw_error(ErrorCode::failed_precondition, "the container is not running");
}

}  // namespace

bool wait_readable(int fd, int timeout_ms) {
  int64_t deadline = steady_millis() + timeout_ms;
  for (;;) {
    pollfd waited = {fd, POLLIN, 0};
    int64_t left = std::max<int64_t>(0, deadline - steady_millis());
    int ready = ::poll(&waited, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw_errno("poll");
  }
}

std::optional<Message> exchange(const Fd& connection, const Request& request, const std::vector<int>& fds) {
  send_message(connection.get(), to_json(request), fds);
  if (!wait_readable(connection.get(), kReplyTimeoutMs))
    throw_error(ErrorCode::deadline_exceeded, "the container's shim does not answer " + request.operation);
  return receive_message(connection.get());
}

RemoteShim::RemoteShim(std::string bundle, Fd events, int pid, int shim_pid, std::vector<Fd> namespaces)
    : bundle_(std::move(bundle)),
      events_(std::move(events)),
      pid_(pid),
      shim_pid_(shim_pid),
      namespaces_(std::move(namespaces)) {
  set_nonblocking(events_.get(), true);
}

RemoteShim::Answer RemoteShim::call(const Request& request, const std::vector<int>& fds) const {
  std::optional<Message> message;
  try {
    Fd connection = connect_unix(bundle_ + kSocketName, SOCK_SEQPACKET);
    message = exchange(connection, request, fds);
  } catch (const Error& error) {
    bool gone = error.code() == ErrorCode::unavailable || error.errno_value() == EPIPE ||
                error.errno_value() == ECONNRESET;
    if (!gone) throw;
  }
  if (!message) throw_gone();
  Answer answer{parse_reply(message->data), std::move(message->fds)};
  if (answer.reply.failure) throw_failure(*answer.reply.failure);
  return answer;
}

void RemoteShim::call_simple(const char* operation) const {
  Request request;
  request.operation = operation;
  call(request);
}

Fd RemoteShim::namespace_fd(const std::string& type) {
  size_t index = namespace_index(type);
  {
    std::lock_guard lock(mutex_);
    if (index < namespaces_.size()) return namespaces_[index].duplicate();
  }
  Request request;
  request.operation = "namespaces";
  Answer answer = call(request);
  if (index >= answer.fds.size()) throw_error(ErrorCode::internal, "the shim sent no namespaces");
  return std::move(answer.fds[index]);
}

void RemoteShim::start() {
  call_simple("start");
  std::lock_guard lock(mutex_);
  namespaces_.clear();
}

void RemoteShim::signal(int number) {
  Request request;
  request.operation = "signal";
  request.number = number;
  call(request);
}

void RemoteShim::kill_all() {
  call_simple("kill_all");
}
void RemoteShim::pause() {
  call_simple("pause");
}
void RemoteShim::resume() {
  call_simple("resume");
}

void RemoteShim::update(const spec::OciResources& resources) {
  Request request;
  request.operation = "update";
  spec::OciConfig config;
  config.linux_.resources = resources;
  request.config.text = spec::to_json(config);
  call(request);
}

void RemoteShim::resize(const std::string& exec_id, uint32_t height, uint32_t width) {
  Request request;
  request.operation = "resize";
  request.exec_id = exec_id;
  request.height = height;
  request.width = width;
  call(request);
}

void RemoteShim::attach(const std::string& exec_id, const AttachSpec& spec, Fd socket) {
  Request request;
  request.operation = "attach";
  request.exec_id = exec_id;
  request.attach = spec;
  call(request, {socket.get()});
}

int RemoteShim::exec(const ExecSpec& spec, std::optional<std::pair<AttachSpec, Fd>> attachment) {
  Request request;
  request.operation = "exec";
  request.exec = spec;
  std::vector<int> fds;
  if (attachment) {
    request.attach = std::move(attachment->first);
    fds.push_back(attachment->second.get());
  }
  return call(request, fds).reply.pid;
}

void RemoteShim::exec_signal(const std::string& exec_id, int number) {
  Request request;
  request.operation = "signal";
  request.exec_id = exec_id;
  request.number = number;
  call(request);
}

std::optional<ShimEvent> RemoteShim::next_event() {
  std::lock_guard lock(mutex_);
  if (gone_) return std::nullopt;
  errno = 0;
  std::optional<Message> message = receive_message(events_.get());
  if (message) {
    Note note = parse_note(message->data);
    return ShimEvent{kind_of(note.kind), note.exec_id, note.exit};
  }
  if (errno == EAGAIN) return std::nullopt;
  gone_ = true;
  return ShimEvent{ShimEvent::Kind::gone, "", {}};
}

void RemoteShim::hold(const std::string& name, Fd descriptor) {
  Request request;
  request.operation = "hold";
  request.name = name;
  call(request, {descriptor.get()});
}

std::optional<Fd> RemoteShim::held(const std::string& name) {
  Request request;
  request.operation = "held";
  request.name = name;
  Answer answer = call(request);
  if (answer.fds.empty()) return std::nullopt;
  return std::move(answer.fds.front());
}

void RemoteShim::let_go(const std::string& name) {
  Request request;
  request.operation = "let_go";
  request.name = name;
  call(request);
}

void RemoteShim::acknowledge_exit() {
  try {
    call_simple("acknowledge");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::failed_precondition) throw;  // it has gone already
  }
}

}  // namespace rundlet::runtime
