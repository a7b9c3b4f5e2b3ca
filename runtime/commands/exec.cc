#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/commands/commands.h"
#include "runtime/commands/foreground.h"
#include "runtime/commands/terminal.h"
#include "runtime/init/clone.h"
#include "runtime/isolation/seccomp_compile.h"
#include "runtime/rootfs/console_socket.h"

namespace rundlet::runtime {
namespace {

uint32_t number_of(const std::string& text) {
  char* end = nullptr;
  unsigned long value = std::strtoul(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0') throw_invalid("--user wants UID[:GID], not \"" + text + "\"");
  return static_cast<uint32_t>(value);
}

void set_user(spec::OciProcess& process, const std::string& user) {
  size_t colon = user.find(':');
  process.user = {};
  process.user.uid = number_of(user.substr(0, colon));
  if (colon != user.npos) process.user.gid = number_of(user.substr(colon + 1));
}

void add_capabilities(spec::OciProcess& process, const std::vector<std::string>& names) {
  if (names.empty()) return;
  if (!process.capabilities) process.capabilities.emplace();
  for (auto* set :
       {&process.capabilities->bounding, &process.capabilities->effective, &process.capabilities->permitted})
    set->insert(set->end(), names.begin(), names.end());
}

// The container's own process with another command, unless a file says everything.
spec::OciProcess process_of(const ExecOptions& options, const spec::OciConfig& config) {
  if (!options.process_file.empty()) return spec::parse_oci_process(read_file(options.process_file));
  if (options.command.empty()) throw_invalid("exec needs a command or --process");
  spec::OciProcess process = config.process.value_or(spec::OciProcess{});
  process.args = options.command;
  process.terminal = options.terminal;
  process.env.insert(process.env.end(), options.env.begin(), options.env.end());
  if (!options.cwd.empty()) process.cwd = options.cwd;
  if (!options.user.empty()) set_user(process, options.user);
  process.user.additional_gids.insert(process.user.additional_gids.end(), options.additional_gids.begin(),
                                      options.additional_gids.end());
  process.no_new_privileges |= options.no_new_privileges;
  add_capabilities(process, options.capabilities);
  return process;
}

ExecPlan make_plan(const ExecOptions& options, const Record& record) {
  spec::OciConfig config = read_config(record.bundle);
  ExecPlan plan;
  plan.program.id = record.id;
  plan.program.process = process_of(options, config);
  plan.program.preserve_fds = options.preserve_fds;
  if (config.linux_.seccomp) plan.program.seccomp = compile_program(*config.linux_.seccomp);
  auto pidfd = proc::open_pidfd(record.pid);
  if (!pidfd || proc::start_time(record.pid) != record.start_time)
    throw_error(ErrorCode::failed_precondition, "cannot exec in a stopped container");
  plan.init_pidfd = std::move(*pidfd);
  plan.namespaces = record.exec_namespaces;
  return plan;
}

// Returns when the program runs; gives the terminal when there is one.
Fd launch(const ClonedChild& child) {
  Fd console;
  bool started = false;
  for (;;) {
    std::optional<InitMessage> message = child.channel.receive();
    if (!message && started) return console;
    if (!message) throw_error(ErrorCode::internal, "the process died while it was being set up");
    if (message->type == MessageType::failed) throw Error(message->code, message->text, message->errno_value);
    if (message->type == MessageType::console) console = std::move(message->fds.at(0));
    if (message->type == MessageType::ready) {
      child.channel.send(MessageType::start);
      started = true;
    }
  }
}

}  // namespace

int exec(const GlobalOptions& global, const ExecOptions& options) {
  Record record = load_running(RecordStore(global.root), options.id, "exec in");
  if (status_of(record) == Status::paused)
    throw_error(ErrorCode::failed_precondition, "cannot exec in a paused container");
  ExecPlan plan = make_plan(options, record);
  bool terminal = plan.program.process.terminal;
  if (terminal && options.detach && options.console_socket.empty())
    throw_invalid("cannot allocate tty if runc will detach without setting console socket");
  std::unique_ptr<Cgroup> cgroup = Cgroup::open(record.cgroups_path);
  plan.program.cgroup = cgroup->entrance(record.pid);
  ClonedChild child = clone_exec(plan);
  Fd console;
  try {
    child.channel.send(MessageType::go_on, std::to_string(child.pid));
    console = launch(child);
  } catch (const Error&) {
    abandon(child);
    throw;
  }
  if (!options.pid_file.empty()) write_pid_file(options.pid_file, child.pid);
  if (!options.console_socket.empty()) hand_over_console(options.console_socket, console);
  if (options.detach) return 0;
  if (terminal && options.console_socket.empty()) relay_terminal(console, child.pidfd);
  return wait_in_foreground(child.pid, child.pidfd);
}

}  // namespace rundlet::runtime
