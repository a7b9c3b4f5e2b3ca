#include "runtime/init/clone.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "base/proc/spawn.h"
#include "runtime/init/child.h"
#include "runtime/isolation/user_ns.h"
#include "runtime/rootfs/mounts.h"

namespace rundlet::runtime {
namespace {

struct Cloned {
  pid_t pid;
  Fd pidfd;
};

// As fork, with namespaces. The caller is single-threaded, so the copied heap is sound in the child.
Cloned clone_process(uint64_t namespaces, const Fd& cgroup) {
  int pidfd = -1;
  struct clone_args args = {};
  args.flags = namespaces | CLONE_PIDFD | (cgroup ? CLONE_INTO_CGROUP : 0);
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  args.cgroup = cgroup ? static_cast<uint64_t>(cgroup.get()) : 0;
  long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) throw_errno("clone");
  return {static_cast<pid_t>(pid), Fd(pid == 0 ? -1 : pidfd)};
}

void check_supported(const InitPlan& plan) {
  const NamespacePlan& namespaces = plan.namespaces;
  if (!namespaces.has(CLONE_NEWNS)) throw_invalid("a container needs a mount namespace");
  if (!namespaces.has(CLONE_NEWUTS) && !plan.config.hostname.empty())
    throw_invalid("unable to set hostname without a private UTS namespace");
  if ((namespaces.create & CLONE_NEWUSER) != 0 && plan.config.linux_.uid_mappings.empty())
    throw_invalid("user namespaces need uidMappings and gidMappings");
  if (!plan.config.linux_.mount_label.empty())
    throw_error(ErrorCode::unimplemented, "linux.mountLabel: SELinux is not supported");
}

}  // namespace

bool InitPlan::user_namespace() const {
  return namespaces.has(CLONE_NEWUSER);
}

InitPlan plan_init(const std::string& id, const std::string& bundle, spec::OciConfig config,
                   const Cgroup* cgroup) {
  if (!config.process) throw_invalid("config.json has no process");
  InitPlan plan;
  plan.bundle = bundle;
  plan.program.id = id;
  plan.program.process = std::move(*config.process);
  config.process.reset();
  plan.namespaces = plan_namespaces(config.linux_.namespaces);
  plan.config = std::move(config);
  std::string& root = plan.config.root.path;
  if (root.empty()) throw_invalid("config.json has no root");
  if (!root.starts_with('/')) root = bundle + "/" + root;
  if (cgroup != nullptr) plan.cgroup_mounts = cgroup->mounts(plan.namespaces.has(CLONE_NEWCGROUP));
  plan.bring_up_loopback = (plan.namespaces.create & CLONE_NEWNET) != 0;
  check_supported(plan);
  return plan;
}

void mount_rootfs_for_user_namespace(InitPlan& plan) {
  if (!plan.user_namespace() || plan.rootfs.empty()) return;
  mount_rootfs(plan.config.root.path, plan.rootfs);
  plan.rootfs.clear();
}

ClonedChild clone_init(const InitPlan& plan) {
  auto [ours, theirs] = Channel::make();
  bool new_user = (plan.namespaces.create & CLONE_NEWUSER) != 0;
  NamespaceVisit visit(plan.namespaces, new_user);
  Cloned child = clone_process(static_cast<uint64_t>(plan.namespaces.create), plan.program.cgroup.unified);
  if (child.pid == 0) run_init_child(plan, std::move(theirs));
  if (new_user) {
    write_id_mappings(child.pid, plan.config.linux_.uid_mappings, plan.config.linux_.gid_mappings);
    ours.send(MessageType::mapped);
  }
  return {child.pid, std::move(child.pidfd), std::move(ours)};
}

ClonedChild clone_exec(const ExecPlan& plan) {
  auto [ours, theirs] = Channel::make();
  NamespaceVisit visit(plan.init_pidfd);
  Cloned child = clone_process(0, plan.program.cgroup.unified);
  if (child.pid == 0) run_exec_child(plan, std::move(theirs));
  return {child.pid, std::move(child.pidfd), std::move(ours)};
}

void abandon(const ClonedChild& child) {
  proc::send_signal(child.pidfd, SIGKILL);
  proc::wait({child.pid, child.pidfd.duplicate()});
}

int exec_namespaces(const NamespacePlan& plan) {
  int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  for (int optional : {CLONE_NEWUSER, CLONE_NEWTIME})
    if (plan.has(optional)) flags |= optional;
  return flags;
}

}  // namespace rundlet::runtime
