#include "runtime/cgroup/cgroup_v2.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "runtime/cgroup/cgroup_files.h"

namespace rundlet::runtime {
namespace {

constexpr int kFreezeTimeoutMs = 10000;

// What a limit may need and the parent can give.
void enable_controllers(const std::string& parent) {
  std::istringstream available(read_file(parent + "/cgroup.controllers"));
  for (std::string controller; available >> controller;) {
    try {
      write_file(parent + "/cgroup.subtree_control", "+" + controller);
    } catch (const Error& error) {
      // Not there for the asking (real-time tasks keep "cpu" away, an occupied parent keeps all): a limit
      // that needs it will say so by name.
      if (error.errno_value() != EBUSY && error.errno_value() != EINVAL && error.errno_value() != ENOTSUP)
        throw;
    }
  }
}

}  // namespace

CgroupV2::CgroupV2(std::string root, std::string path)
    : root_(std::move(root)), path_(std::move(path)), directory_(root_ + path_) {}

void CgroupV2::create() {
  for (size_t slash = root_.size(); slash != directory_.npos; slash = directory_.find('/', slash + 1)) {
    std::string parent = directory_.substr(0, slash);
    if (parent != root_) make_cgroup_directory(parent);
    enable_controllers(parent);
  }
  make_cgroup_directory(directory_);
}

Cgroup::Entrance CgroupV2::entrance(pid_t beside) const {
  return {open_unified(root_, path_, beside), {}};
}

std::vector<pid_t> CgroupV2::processes() const {
  std::vector<pid_t> pids;
  collect_processes(directory_, pids);
  return pids;
}

void CgroupV2::freeze(bool frozen) {
  write_file(directory_ + "/cgroup.freeze", frozen ? "1" : "0");
  auto reached = [&] { return read_key(directory_ + "/cgroup.events", "frozen") == (frozen ? 1 : 0); };
  if (wait_until(reached, kFreezeTimeoutMs)) return;
  if (frozen) write_file(directory_ + "/cgroup.freeze", "0");
  throw_error(ErrorCode::deadline_exceeded, "the container could not be frozen");
}

bool CgroupV2::frozen() const {
  return read_line(directory_ + "/cgroup.freeze") == "1";
}

int64_t CgroupV2::oom_kills() const {
  return std::max<int64_t>(0, read_key(directory_ + "/memory.events", "oom_kill"));
}

Fd CgroupV2::oom_notifier() const {
  if (::access((directory_ + "/memory.events").c_str(), R_OK) < 0) return Fd();
  Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch) throw_errno("inotify_init1");
  if (::inotify_add_watch(watch.get(), (directory_ + "/memory.events").c_str(), IN_MODIFY) < 0)
    throw_errno("watch memory.events");
  return watch;
}

bool CgroupV2::kill(int timeout_ms) {
  bool at_once = ::access((directory_ + "/cgroup.kill").c_str(), W_OK) == 0;  // Linux 5.14
  auto round = [&] {
    std::vector<pid_t> pids = processes();
    if (pids.empty()) return true;
    if (at_once) {
      write_file(directory_ + "/cgroup.kill", "1");
    } else {
      for (pid_t pid : pids)
        if (auto pidfd = proc::open_pidfd(pid)) proc::send_signal(*pidfd, SIGKILL);
    }
    return false;
  };
  return wait_until(round, timeout_ms);
}

void CgroupV2::remove() {
  remove_cgroup_directory(directory_);
}

std::vector<CgroupMount> CgroupV2::mounts(bool own_namespace) const {
  return {{"", own_namespace ? directory_ : root_}};
}

}  // namespace rundlet::runtime
