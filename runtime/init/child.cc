#include "runtime/init/child.h"

#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>

#include "base/error.h"
#include "runtime/init/descriptors.h"
#include "runtime/init/hooks.h"
#include "runtime/init/stage_network.h"
#include "runtime/init/stage_process.h"
#include "runtime/init/stage_rootfs.h"
#include "runtime/isolation/user_ns.h"
#include "runtime/rootfs/console.h"

namespace rundlet::runtime {
namespace {

constexpr int kExitSetupFailed = 1;

// The boundary of a cloned child: nothing may unwind into the parent's frames.
template <class Body>
[[noreturn]] void run_and_report(Channel& channel, Body body) {
  try {
    body();
  } catch (const Error& error) {
    try {
      channel.send_error(error);
    } catch (const Error&) {
      // The parent is gone: there is nobody left to tell.
    }
  } catch (const std::exception& error) {
    try {
      channel.send_error(Error(ErrorCode::internal, error.what()));
    } catch (const Error&) {
    }
  }
  ::_exit(kExitSetupFailed);
}

void start_session() {
  reset_signals();
  if (::setsid() < 0) throw_errno("setsid");
}

std::vector<int> descriptors_to_keep(const ProcessPlan& program, const Channel& channel) {
  std::vector<int> keep = {0, 1, 2, channel.fd()};
  for (const Fd& fd : program.stdio)
    if (fd) keep.push_back(fd.get());
  for (const Fd& tasks : program.cgroup.tasks) keep.push_back(tasks.get());
  for (int i = 0; i < program.preserve_fds; ++i) keep.push_back(3 + i);
  return keep;
}

std::vector<int> descriptors_to_keep(const InitPlan& plan, const Channel& channel) {
  std::vector<int> keep = descriptors_to_keep(plan.program, channel);
  for (const NamespacePlan::Join& join : plan.namespaces.join) keep.push_back(join.fd.get());
  if (plan.start_listener) keep.push_back(plan.start_listener.get());
  return keep;
}

void enter_namespaces(const InitPlan& plan, const Channel& channel) {
  if ((plan.namespaces.create & CLONE_NEWUSER) != 0) channel.expect(MessageType::mapped);
  join_namespaces(plan.namespaces);
  if (plan.user_namespace()) become_namespace_root();
  // Its root is the cgroup that its maker is in.
  if (plan.namespaces.new_cgroup && ::unshare(CLONE_NEWCGROUP) < 0)
    throw_errno("unshare the cgroup namespace");
  if (plan.bring_up_loopback) bring_up_loopback();
}

void enter_cgroup(const ProcessPlan& program) {
  for (const Fd& tasks : program.cgroup.tasks)
    if (::write(tasks.get(), "0", 1) < 0) throw_errno("enter the cgroup");
}

void connect_stdio(const ProcessPlan& program, const Console& console) {
  if (console.slave) return adopt_console(console.slave);
  for (int number = 0; number < 3; ++number) {
    const Fd& fd = program.stdio[number];
    if (fd && ::dup2(fd.get(), number) < 0) throw_errno("dup2 stdio");
  }
}

// `create` has ended and taken the channel with it; `start` brings a new one.
void reopen_channel(const Fd& listener, Channel& channel) {
  channel.close();
  Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection) throw_errno("wait for start");
  channel = Channel(std::move(connection));
}

void run_init(const InitPlan& plan, Channel& channel) {
  close_all_but(descriptors_to_keep(plan, channel));
  start_session();
  enter_cgroup(plan.program);
  enter_namespaces(plan, channel);

  Console console = build_rootfs(plan);
  if (console.master) channel.send_descriptor(MessageType::console, console.master);
  console.master.reset();

  int pid = std::stoi(channel.expect(MessageType::go_on).text);
  if (!plan.config.hooks.prestart.empty() || !plan.config.hooks.create_runtime.empty()) {
    channel.send(MessageType::hooks_due);
    channel.expect(MessageType::hooks_done);
  }
  run_hooks(plan.config.hooks.create_container, hook_state(plan, pid), "creating");
  enter_rootfs(plan);
  connect_stdio(plan.program, console);
  prepare_process(plan.program);

  channel.send(MessageType::ready);
  if (plan.start_listener) reopen_channel(plan.start_listener, channel);
  channel.expect(MessageType::start);
  run_hooks(plan.config.hooks.start_container, hook_state(plan, pid), "created");
  exec_process(plan.program);
}

void run_exec(const ExecPlan& plan, Channel& channel) {
  std::vector<int> keep = descriptors_to_keep(plan.program, channel);
  keep.push_back(plan.init_pidfd.get());
  close_all_but(keep);
  start_session();
  enter_cgroup(plan.program);
  if (::setns(plan.init_pidfd.get(), plan.namespaces) < 0) throw_errno("enter the container's namespaces");
  if ((plan.namespaces & CLONE_NEWUSER) != 0) become_namespace_root();
  Console console;
  if (plan.program.process.terminal) {
    console = open_console(fs::RootedPath("/"), plan.program.process.console_size);
    channel.send_descriptor(MessageType::console, console.master);
    console.master.reset();
  }
  channel.expect(MessageType::go_on);
  connect_stdio(plan.program, console);
  prepare_process(plan.program);
  channel.send(MessageType::ready);
  channel.expect(MessageType::start);
  exec_process(plan.program);
}

}  // namespace

void run_init_child(const InitPlan& plan, Channel channel) {
  run_and_report(channel, [&] { run_init(plan, channel); });
}

void run_exec_child(const ExecPlan& plan, Channel channel) {
  run_and_report(channel, [&] { run_exec(plan, channel); });
}

}  // namespace rundlet::runtime
