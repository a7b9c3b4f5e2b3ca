#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/proc/pidfd.h"
#include "base/proc/spawn.h"
#include "base/unix_socket.h"
#include "runtime/client/remote_shim.h"
#include "runtime/isolation/seccomp_compile.h"

namespace rundlet::runtime {
namespace {

constexpr int kLaunchTimeoutMs = 60'000;
constexpr size_t kMaxLogTail = 2000;

void write_bundle(const RuntimePaths& paths, const ShimSpec& spec,
                  const std::vector<std::pair<AttachSpec, Fd>>& initial) {
  spec::OciConfig config = spec.config;
  ShimFile file;
  file.spec = spec;
  file.external_runtime = paths.external_runtime;
  for (const auto& [attach, socket] : initial) file.attachments.push_back(attach);
  if (!paths.external_runtime.empty()) {
    if (!spec.seccomp_file.empty() && !config.linux_.seccomp)
      config.linux_.seccomp = profile_of_program(spec.seccomp_file);
  } else if (config.linux_.seccomp) {
    if (spec.seccomp_file.empty())
      file.spec.seccomp_file = compile_seccomp(*config.linux_.seccomp, paths.cache_directory);
    config.linux_.seccomp.reset();
  }
  write_file(spec.bundle + kConfigName, spec::to_json(config));
  write_file(spec.bundle + kShimName, to_json(file));
}

proc::Child spawn_shim(const RuntimePaths& paths, const std::string& bundle, const Fd& events,
                       const std::vector<std::pair<AttachSpec, Fd>>& initial) {
  Fd log = open_file(bundle + kShimLogName, O_WRONLY | O_CREAT | O_APPEND, 0600);
  Fd listener = listen_unix(bundle + kSocketName, SOCK_SEQPACKET);
  proc::SpawnSpec spawn;
  spawn.argv = {paths.shim, bundle};
  spawn.directory = "/";
  spawn.new_session = true;
  spawn.fds = {{log.get(), STDERR_FILENO}, {listener.get(), kListenFd}, {events.get(), kEventsFd}};
  for (size_t i = 0; i < initial.size(); ++i)
    spawn.fds.emplace_back(initial[i].second.get(), kFirstAttachFd + static_cast<int>(i));
  return proc::spawn(spawn);
}

std::string log_tail(const std::string& bundle) {
  std::string text = read_file(bundle + kShimLogName);
  if (text.size() > kMaxLogTail) text.erase(0, text.size() - kMaxLogTail);
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "it left no word" : text;
}

Note first_note(const Fd& events, const std::string& bundle, std::vector<Fd>& fds) {
  if (!wait_readable(events.get(), kLaunchTimeoutMs))
    throw_error(ErrorCode::deadline_exceeded, "the container's shim does not answer");
  std::optional<Message> message = receive_message(events.get());
  if (!message) throw_error(ErrorCode::internal, "the container's shim died: " + log_tail(bundle));
  fds = std::move(message->fds);
  return parse_note(message->data);
}

}  // namespace

std::unique_ptr<Shim> Shim::launch(const RuntimePaths& paths, const ShimSpec& spec,
                                   std::vector<std::pair<AttachSpec, Fd>> initial) {
  write_bundle(paths, spec, initial);
  auto [ours, theirs] = make_socket_pair(SOCK_SEQPACKET);
  proc::Child child = spawn_shim(paths, spec.bundle, theirs, initial);
  theirs.reset();
  initial.clear();
  std::vector<Fd> fds;
  std::optional<Error> error;
  Note note;
  try {
    note = first_note(ours, spec.bundle, fds);
  } catch (const Error& e) {
    error = e;
  }
  proc::wait(child);  // what we spawned has forked the shim and gone
  if (error) throw *error;
  if (note.failure) throw_failure(*note.failure);
  return std::make_unique<RemoteShim>(spec.bundle, std::move(ours), note.pid, note.shim_pid, std::move(fds));
}

std::unique_ptr<Shim> Shim::adopt(const std::string& bundle) {
  Fd connection;
  try {
    connection = connect_unix(bundle + kSocketName, SOCK_SEQPACKET);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::not_found) return nullptr;
    throw;
  }
  Request request;
  request.operation = "adopt";
  std::optional<Message> message;
  try {
    message = exchange(connection, request, {});
  } catch (const Error& error) {
    if (error.errno_value() == EPIPE || error.errno_value() == ECONNRESET) return nullptr;
    throw;
  }
  if (!message) return nullptr;  // it went at this very moment; exit.json tells
  Reply reply = parse_reply(message->data);
  if (reply.failure) throw_failure(*reply.failure);
  return std::make_unique<RemoteShim>(bundle, std::move(connection), reply.pid, reply.shim_pid,
                                      std::vector<Fd>{});
}

std::optional<ExitInfo> Shim::read_exit(const std::string& bundle) {
  try {
    return parse_exit(read_file(bundle + kExitName));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    throw;
  }
}

}  // namespace rundlet::runtime
