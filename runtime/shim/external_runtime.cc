#include "runtime/shim/external_runtime.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/proc/pidfd.h"
#include "base/proc/spawn.h"
#include "base/random.h"
#include "base/unix_socket.h"
#include "runtime/rootfs/console_socket.h"

namespace rundlet::runtime {
namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != text.npos;
}

}  // namespace

Error runtime_error(const std::string& message) {
  ErrorCode code = ErrorCode::internal;
  if (contains(message, "executable file not found") || contains(message, "no such file or directory"))
    code = ErrorCode::not_found;
  if (contains(message, "permission denied") || contains(message, "is a directory"))
    code = ErrorCode::permission_denied;
  return Error(code, message);
}

ExternalRuntime::ExternalRuntime(std::string program, std::string bundle, std::string id)
    : program_(std::move(program)), bundle_(std::move(bundle)), id_(std::move(id)) {}

void ExternalRuntime::throw_logged(const std::string& verb) const {
  std::string message = last_logged_error(read_file(bundle_ + "/runtime.log"));
  if (message.empty()) message = program_ + " " + verb + " failed without a word";
  throw runtime_error(message);
}

void ExternalRuntime::run(std::vector<std::string> arguments, const std::array<Fd, 3>& stdio) {
  std::string verb = arguments.front();
  write_file(bundle_ + "/runtime.log", "");
  proc::SpawnSpec spawn;
  spawn.argv = {program_,       "--root", bundle_ + "/runtime", "--log", bundle_ + "/runtime.log",
                "--log-format", "json"};
  spawn.argv.insert(spawn.argv.end(), arguments.begin(), arguments.end());
  for (int number = 0; number < 3; ++number)
    if (stdio[number]) spawn.fds.emplace_back(stdio[number].get(), number);
  if (proc::wait(proc::spawn(spawn)).code != 0) throw_logged(verb);
}

ExternalRuntime::Process ExternalRuntime::launch(std::vector<std::string> arguments, bool terminal,
                                                 const std::array<Fd, 3>& stdio) {
  std::string pid_file = bundle_ + "/runtime-" + random_hex(4) + ".pid";
  arguments.insert(arguments.begin() + 1, {"--pid-file", pid_file});
  std::unique_ptr<ConsoleReceiver> receiver;
  if (terminal) {
    receiver = std::make_unique<ConsoleReceiver>(bundle_);
    arguments.insert(arguments.begin() + 1, {"--console-socket", receiver->path()});
  }
  run(std::move(arguments), stdio);
  Process process;
  process.pid = std::atoi(read_file(pid_file).c_str());
  ::unlink(pid_file.c_str());
  auto pidfd =
      proc::open_pidfd(process.pid);  // it is our child: while we do not reap it the number is its own
  if (!pidfd) throw_error(ErrorCode::internal, program_ + " named a process that does not exist");
  process.pidfd = std::move(*pidfd);
  if (receiver) process.console = receiver->receive();
  return process;
}

ExternalRuntime::Process ExternalRuntime::create(bool terminal, std::array<Fd, 3> stdio) {
  return launch({"create", "--bundle", bundle_, id_}, terminal, stdio);
}

ExternalRuntime::Process ExternalRuntime::exec(const spec::OciProcess& process, std::array<Fd, 3> stdio) {
  std::string file = bundle_ + "/runtime-process.json";
  write_file(file, spec::to_json(process));
  return launch({"exec", "--detach", "--process", file, id_}, process.terminal, stdio);
}

void ExternalRuntime::start() {
  run({"start", id_}, {});
}
void ExternalRuntime::pause() {
  run({"pause", id_}, {});
}
void ExternalRuntime::resume() {
  run({"resume", id_}, {});
}
void ExternalRuntime::remove() {
  run({"delete", "--force", id_}, {});
}

void ExternalRuntime::update(const spec::OciResources& resources) {
  std::string file = bundle_ + "/runtime-resources.json";
  write_file(file, resources_json(resources));
  run({"update", "--resources", file, id_}, {});
}

}  // namespace rundlet::runtime
