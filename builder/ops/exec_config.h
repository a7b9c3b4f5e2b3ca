// The OCI configuration of a build step: a default container of docker's.
#pragma once

#include <string>
#include <vector>

#include "builder/graph/op.h"
#include "builder/ops/exec_mounts.h"
#include "image-store/user_lookup.h"
#include "spec/oci_runtime.h"

namespace rundlet::builder::ops {

struct ExecSetup {
  std::string rootfs;  // where the tree will be mounted
  std::string cgroup;
  std::string hostname;
  std::string hosts_file, hostname_file, resolv_file;  // on the host, bound to their places in /etc
  image_store::UserIds user;
  std::vector<ExecMounts::Prepared> mounts;
};

spec::OciConfig exec_config(const graph::ExecOp& op, const ExecSetup& setup);
// What /etc/hosts says: loopback names, the step's own, and extra hosts. Throws invalid_argument for a
// malformed one.
std::string hosts_content(const graph::ExecOp& op, const std::string& hostname);

}  // namespace rundlet::builder::ops
