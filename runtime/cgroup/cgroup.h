// The cgroup of a container, on v1 (and hybrid) and v2 machines (OCI config-linux.md, Control groups).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// A directory that a container's "cgroup" mount shows. name: of the v1 hierarchy's mount point ("memory"),
// empty on v2.
struct CgroupMount {
  std::string name;
  std::string source;
};

class Cgroup {
 public:
  // `path` counts from the root of each hierarchy. Nothing is created yet. Throws invalid_argument for a path
  // with "..", and unimplemented for systemd's "slice:prefix:name" form.
  static std::unique_ptr<Cgroup> open(const std::string& path);
  virtual ~Cgroup() = default;

  // Makes the directories; throws what the kernel says, naming the hierarchy.
  virtual void create() = 0;
  // Limits that are not set are left as they are. Throws unimplemented for a limit the kernel has no file
  // for.
  virtual void apply(const spec::OciResources& resources) = 0;
  // How a process gets in, without the 10 ms that moving one takes on v1 (the kernel waits for a grace period
  // unless a process moves a thread of its own): it is cloned into `unified` (CLONE_INTO_CGROUP) where that
  // is open, and writes "0" to each of `tasks` while it has a single thread.
  struct Entrance {
    Fd unified;
    std::vector<Fd> tasks;
  };
  // beside: a process of the container, whose v2 cgroup is taken should the container have made cgroups of
  // its own (then the top one takes none); 0 for the first.
  virtual Entrance entrance(pid_t beside) const = 0;
  // Of the cgroup and those below it.
  virtual std::vector<pid_t> processes() const = 0;
  // Returns when every process is frozen or running again.
  virtual void freeze(bool frozen) = 0;
  virtual bool frozen() const = 0;
  // How many processes the kernel killed for want of memory.
  virtual int64_t oom_kills() const = 0;
  // Becomes readable when that number may have grown; empty where the kernel cannot tell. Read it empty
  // after.
  virtual Fd oom_notifier() const = 0;
  // SIGKILL for everything inside; true when it is empty before the timeout.
  virtual bool kill(int timeout_ms) = 0;
  // With all below it. Throws conflict when processes are still inside; no error when there is none.
  virtual void remove() = 0;
  // Without a cgroup namespace a v2 container sees the whole hierarchy, as with docker; a v1 one its own
  // subtree.
  virtual std::vector<CgroupMount> mounts(bool own_namespace) const = 0;
};

// 2 when /sys/fs/cgroup is the unified hierarchy.
int cgroup_version();

// v1 hierarchies in use on this machine.
struct CgroupHierarchy {
  std::string mount_point;
  std::vector<std::string>
      controllers;  // "memory"; "name=systemd"; empty for the unified one of a hybrid machine
};
std::vector<CgroupHierarchy> mounted_hierarchies();

}  // namespace rundlet::runtime
