#include "runtime/isolation/user_ns.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "base/error.h"
#include "runtime/isolation/namespaces.h"

namespace rundlet::runtime {
namespace {

std::string map_text(const std::vector<spec::OciIdMapping>& mappings) {
  std::string text;
  for (const spec::OciIdMapping& one : mappings) {
    text += std::to_string(one.container_id) + ' ' + std::to_string(one.host_id) + ' ' +
            std::to_string(one.size) + '\n';
  }
  return text;
}

// Waits for the end of a helper child that does nothing but hold a namespace.
pid_t clone_idle_in_user_namespace(const Pipe& release) {
  struct clone_args args = {};
  args.flags = CLONE_NEWUSER;
  args.exit_signal = SIGCHLD;
  pid_t pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (pid < 0) throw_errno("clone a user namespace");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::close(release.write.get());
  char byte;
  [[maybe_unused]] ssize_t ignored = ::read(release.read.get(), &byte, 1);
  ::_exit(0);
}

}  // namespace

void write_id_mappings(pid_t pid, const std::vector<spec::OciIdMapping>& uids,
                       const std::vector<spec::OciIdMapping>& gids) {
  std::string proc = "/proc/" + std::to_string(pid);
  write_file(proc + "/uid_map", map_text(uids));
  write_file(proc + "/gid_map", map_text(gids));
}

void become_namespace_root() {
  if (::setresgid(0, 0, 0) < 0) throw_errno("setresgid 0 in the user namespace");
  if (::setgroups(0, nullptr) < 0) throw_errno("setgroups in the user namespace");
  if (::setresuid(0, 0, 0) < 0) throw_errno("setresuid 0 in the user namespace");
  // setresuid made us undumpable, which would hand our /proc files to the host's root.
  if (::prctl(PR_SET_DUMPABLE, 1) < 0) throw_errno("prctl PR_SET_DUMPABLE");
}

Fd make_user_namespace(const std::vector<spec::OciIdMapping>& uids,
                       const std::vector<spec::OciIdMapping>& gids) {
  Pipe release = make_pipe();
  pid_t pid = clone_idle_in_user_namespace(release);
  struct Reaper {
    pid_t pid;
    ~Reaper() {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  } reaper{pid};
  write_id_mappings(pid, uids, gids);
  return open_namespace(pid, "user");
}

}  // namespace rundlet::runtime
