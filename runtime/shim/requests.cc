#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "base/unix_socket.h"
#include "runtime/shim/container_shim.h"

namespace rundlet::runtime {

// Never waits: a client that does not read its reply does not get it.
void send_reply(const Fd& connection, const Reply& reply, const std::vector<Fd>& fds) {
  std::vector<int> raw;
  for (const Fd& fd : fds) raw.push_back(fd.get());
  try {
    send_message(connection.get(), to_json(reply), raw);
  } catch (const Error& error) {
    ::dprintf(STDERR_FILENO, "reply: %s\n", error.what());
  }
}

void ContainerShim::accept_request() {
  Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection) return;
  int fd = connection.get();
  connections_[fd] = std::move(connection);
  loop_.watch(fd, EPOLLIN, [this, fd](uint32_t) { receive_request(fd); });
}

void ContainerShim::receive_request(int fd) {
  loop_.forget(fd);
  Fd connection = std::move(connections_[fd]);
  connections_.erase(fd);
  try {
    std::optional<Message> message = receive_message(connection.get());
    if (!message) return;
    Request request = parse_request(message->data);
    Fd kept =
        connection.duplicate();  // for the error, should the request be the kind that takes its connection
    try {
      handle(request, std::move(message->fds), std::move(connection));
    } catch (const Error& error) {
      Reply reply;
      reply.failure = to_failure(error);
      send_reply(kept, reply);
    }
  } catch (const Error& error) {
    ::dprintf(STDERR_FILENO, "request: %s\n", error.what());
  }
}

void ContainerShim::handle(const Request& request, std::vector<Fd> fds, Fd connection) {
  if (request.operation == "adopt") return adopt(std::move(connection));
  if (request.operation == "start") return start(std::move(connection));
  if (request.operation == "exec") return start_exec(request, std::move(fds), std::move(connection));
  if (request.operation == "namespaces") {
    require_running();
    return send_reply(connection, Reply{}, namespace_fds());
  }
  if (request.operation == "held") return send_held(request.name, connection);
  send_reply(connection, answer(request, fds));
  quit_when_done();
}

Reply ContainerShim::answer(const Request& request, std::vector<Fd>& fds) {
  const std::string& operation = request.operation;
  if (operation == "signal" && request.exec_id.empty()) {
    send_signal(pidfd_, phase_ == Phase::created || phase_ == Phase::running, request.number);
  } else if (operation == "signal") {
    Exec& exec = find_exec(request.exec_id);
    send_signal(exec.pidfd, exec.running, request.number);
  } else if (operation == "kill_all") {
    kill_all();
  } else if (operation == "pause" || operation == "resume") {
    freeze(operation == "pause");
  } else if (operation == "update") {
    update(request);
  } else if (operation == "resize") {
    ProcessIo& io = request.exec_id.empty() ? io_ : *find_exec(request.exec_id).io;
    io.resize(request.height, request.width);
  } else if (operation == "attach") {
    attach(request, fds);
  } else if (operation == "hold") {
    hold(request, fds);
  } else if (operation == "let_go") {
    held_.erase(request.name);
  } else if (operation == "acknowledge") {
    take_acknowledgement();
  } else {
    throw_error(ErrorCode::unimplemented, "this shim does not know the request " + operation);
  }
  return Reply{};
}

void ContainerShim::adopt(Fd connection) {
  Reply reply;
  reply.pid = pid_;
  reply.shim_pid = ::getpid();
  send_reply(connection, reply);
  notes_.connect(std::move(connection));
}

void ContainerShim::start(Fd connection) {
  Reply reply;
  if (phase_ == Phase::failed) {
    reply.failure = failure_;
    take_acknowledgement();
  }
  if (phase_ == Phase::created && external_) {
    start_external();
  } else if (phase_ == Phase::created) {
    starter_ = std::move(connection);
    return set_up_->start();
  }
  send_reply(connection, reply);
  quit_when_done();
}

void ContainerShim::start_external() {
  try {
    external_->start();
    on_running();
  } catch (const Error& error) {
    take_acknowledgement();  // by the reply
    on_failed(error);
    throw;
  }
}

void ContainerShim::freeze(bool frozen) {
  require_running();
  if (!external_) return cgroup_->freeze(frozen);
  if (frozen) return external_->pause();
  external_->resume();
}

void ContainerShim::require_running() const {
  if (phase_ != Phase::created && phase_ != Phase::running)
    throw_error(ErrorCode::failed_precondition, "container " + spec_.id + " is not running");
}

void ContainerShim::send_signal(const Fd& pidfd, bool alive, int number) {
  if (!alive || !proc::send_signal(pidfd, number))
    throw_error(ErrorCode::failed_precondition, "the process is not running");
}

void ContainerShim::kill_all() {
  if (phase_ != Phase::created && phase_ != Phase::running) return;
  proc::send_signal(pidfd_, SIGKILL);
  if (cgroup_) cgroup_->kill(0);  // one round; it also thaws what is frozen
}

void ContainerShim::attach(const Request& request, std::vector<Fd>& fds) {
  require_running();
  if (!request.attach || fds.size() != 1) throw_invalid("attach: no attachment or no descriptor");
  if (request.exec_id.empty()) return io_.attach(*request.attach, std::move(fds[0]));
  Exec& exec = find_exec(request.exec_id);
  exec.io->attach(*request.attach, std::move(fds[0]));
  if (std::exchange(exec.waits_for_attach, false)) exec.set_up->start();
}

void ContainerShim::hold(const Request& request, std::vector<Fd>& fds) {
  require_running();
  if (request.name.empty() || fds.size() != 1) throw_invalid("hold: no name or no descriptor");
  held_[request.name] = std::move(fds[0]);
}

void ContainerShim::send_held(const std::string& name, const Fd& connection) const {
  auto found = held_.find(name);
  std::vector<Fd> fds;
  if (found != held_.end()) fds.push_back(found->second.duplicate());
  send_reply(connection, Reply{}, fds);
}

void ContainerShim::update(const Request& request) {
  require_running();
  spec::OciConfig config = spec::parse_oci_config(request.config.text);
  if (!config.linux_.resources) return;
  if (external_) return external_->update(*config.linux_.resources);
  cgroup_->apply(*config.linux_.resources);
}

std::vector<Fd> ContainerShim::namespace_fds() const {
  std::vector<Fd> fds;
  for (const char* type : {"network", "ipc", "uts", "pid"}) fds.push_back(open_namespace(pid_, type));
  return fds;
}

}  // namespace rundlet::runtime
