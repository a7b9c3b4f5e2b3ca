#include "runtime/cgroup/cgroup_v1.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "runtime/cgroup/cgroup_files.h"

namespace rundlet::runtime {
namespace {

constexpr int kFreezeTimeoutMs = 10000;

bool has_controller(const CgroupHierarchy& hierarchy, const std::string& name) {
  return std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), name) !=
         hierarchy.controllers.end();
}

// The kernel's own copy of the parent's settings; an empty cpuset takes no process.
void inherit_value(const std::string& parent, const std::string& child, const char* file) {
  if (read_line(child + file).empty()) write_file(child + file, read_line(parent + file));
}

}  // namespace

CgroupV1::CgroupV1(std::vector<CgroupHierarchy> hierarchies, std::string path)
    : hierarchies_(std::move(hierarchies)), path_(std::move(path)) {}

std::string CgroupV1::directory(const std::string& controller) const {
  for (const CgroupHierarchy& hierarchy : hierarchies_)
    if (has_controller(hierarchy, controller)) return hierarchy.mount_point + path_;
  return "";
}

std::string CgroupV1::required(const std::string& controller) const {
  std::string found = directory(controller);
  if (found.empty())
    throw_error(ErrorCode::unimplemented, "the cgroup controller " + controller + " is not mounted");
  return found;
}

void CgroupV1::inherit_cpuset(const CgroupHierarchy& hierarchy) const {
  std::string parent = hierarchy.mount_point;
  for (size_t slash = 0; slash != path_.npos;) {
    slash = path_.find('/', slash + 1);
    std::string child = hierarchy.mount_point + path_.substr(0, slash);
    inherit_value(parent, child, "/cpuset.cpus");
    inherit_value(parent, child, "/cpuset.mems");
    parent = child;
  }
}

void CgroupV1::create() {
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    make_cgroup_directory(hierarchy.mount_point + path_);
    if (has_controller(hierarchy, "cpuset")) inherit_cpuset(hierarchy);
  }
}

Cgroup::Entrance CgroupV1::entrance(pid_t beside) const {
  Entrance entrance;
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (hierarchy.controllers.empty()) {
      entrance.unified = open_unified(hierarchy.mount_point, path_, beside);
    } else {
      entrance.tasks.push_back(open_file(hierarchy.mount_point + path_ + "/tasks", O_WRONLY));
    }
  }
  return entrance;
}

std::vector<pid_t> CgroupV1::processes() const {
  std::set<pid_t> all;  // a process may have been moved in one hierarchy and not in another
  for (const char* controller : {"freezer", "memory", "pids", "devices"}) {
    std::string where = directory(controller);
    std::vector<pid_t> pids;
    if (!where.empty()) collect_processes(where, pids);
    all.insert(pids.begin(), pids.end());
  }
  return {all.begin(), all.end()};
}

void CgroupV1::freeze(bool frozen) {
  std::string state = required("freezer") + "/freezer.state";
  std::string wanted = frozen ? "FROZEN" : "THAWED";
  // A process that is being forked can slip through; writing again catches it.
  auto reached = [&] {
    write_file(state, wanted);
    return read_line(state) == wanted;
  };
  if (wait_until(reached, kFreezeTimeoutMs)) return;
  if (frozen) write_file(state, "THAWED");
  throw_error(ErrorCode::deadline_exceeded, "the container could not be frozen");
}

bool CgroupV1::frozen() const {
  std::string where = directory("freezer");
  return !where.empty() && read_line(where + "/freezer.state") != "THAWED" &&
         !read_line(where + "/freezer.state").empty();
}

int64_t CgroupV1::oom_kills() const {
  std::string where = directory("memory");
  return where.empty() ? 0 : std::max<int64_t>(0, read_key(where + "/memory.oom_control", "oom_kill"));
}

Fd CgroupV1::oom_notifier() const {
  std::string where = directory("memory");
  if (where.empty() || ::access((where + "/cgroup.event_control").c_str(), W_OK) < 0) return Fd();
  Fd control = open_file(where + "/memory.oom_control", O_RDONLY);
  Fd event = make_eventfd();
  write_file(where + "/cgroup.event_control",
             std::to_string(event.get()) + " " + std::to_string(control.get()));
  return event;
}

// Freezing first keeps a fork bomb from outrunning us; a signal is delivered when it thaws.
bool CgroupV1::kill(int timeout_ms) {
  auto round = [this] {
    std::vector<pid_t> pids = processes();
    if (pids.empty()) return true;
    std::string state = directory("freezer").empty() ? "" : directory("freezer") + "/freezer.state";
    bool freezable = !state.empty() && ::access(state.c_str(), W_OK) == 0;
    if (freezable) write_file(state, "FROZEN");
    for (pid_t pid : processes())
      if (auto pidfd = proc::open_pidfd(pid)) proc::send_signal(*pidfd, SIGKILL);
    if (freezable) write_file(state, "THAWED");
    return false;
  };
  return wait_until(round, timeout_ms);
}

void CgroupV1::remove() {
  for (const CgroupHierarchy& hierarchy : hierarchies_)
    remove_cgroup_directory(hierarchy.mount_point + path_);
}

std::vector<CgroupMount> CgroupV1::mounts(bool) const {
  std::vector<CgroupMount> result;
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (hierarchy.controllers.empty())
      continue;  // the unified one of a hybrid machine, as with other runtimes
    std::string name = hierarchy.mount_point.substr(hierarchy.mount_point.rfind('/') + 1);
    result.push_back({name, hierarchy.mount_point + path_});
  }
  return result;
}

}  // namespace rundlet::runtime
