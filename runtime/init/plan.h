// Everything a child needs to become a container's process, decided and opened before the clone.
#pragma once

#include <linux/filter.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/isolation/namespaces.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// One program and what it runs with.
struct ProcessPlan {
  std::string id;  // names the session keyring
  spec::OciProcess process;
  std::vector<sock_filter> seccomp;
  Fd stdio[3];  // without a terminal; an empty one leaves the parent's
  Cgroup::Entrance cgroup;
  bool die_with_parent = false;
  int preserve_fds = 0;  // descriptors 3 … 3+n-1 are passed on
};

struct InitPlan {
  ProcessPlan program;
  spec::OciConfig config;  // process moved out
  std::string bundle;
  NamespacePlan namespaces;
  std::vector<spec::Mount> rootfs;
  std::vector<CgroupMount> cgroup_mounts;
  bool bring_up_loopback = false;
  // rundlet-oci: the channel closes after `ready`; whoever connects to this socket is the new one (and says
  // `start`).
  Fd start_listener;

  bool user_namespace() const;
};

// A process that joins a running container.
struct ExecPlan {
  ProcessPlan program;
  Fd init_pidfd;
  int namespaces = 0;  // CLONE_NEW* to enter
};

}  // namespace rundlet::runtime
