// Device nodes and the links under /dev (OCI config-linux.md, Default Devices and devices).
#pragma once

#include <vector>

#include "base/fs/rooted_path.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// /dev/null zero full random urandom tty and what the configuration adds, then /dev/fd, stdin, stdout,
// stderr, ptmx. In a user namespace, where mknod is not to be had, the host's nodes are bound.
void make_devices(const fs::RootedPath& root, const std::vector<spec::OciDevice>& devices,
                  bool user_namespace);

// True when the configuration brings a /dev of the host, which is then left alone.
bool brings_own_dev(const std::vector<spec::OciMount>& mounts);

}  // namespace rundlet::runtime
