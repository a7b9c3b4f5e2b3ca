// What docker gives a container that asks for nothing: mounts, namespaces, devices, capabilities, hidden
// paths. The engine and the builder start from it and add or take away.
#pragma once

#include <string>
#include <vector>

#include "spec/oci_runtime.h"

namespace rundlet::spec {

// "CAP_CHOWN" …, docker's fourteen.
const std::vector<std::string>& default_capabilities();
// Bounding, effective and permitted; inheritable and ambient stay empty, as in docker.
OciCapabilities capability_sets(const std::vector<std::string>& capabilities);
// The PATH of a process whose image names none.
inline constexpr char kDefaultPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// An unprivileged container with namespaces of its own (pid mount network uts ipc cgroup), /proc, /dev, /sys
// and a 64 MiB /dev/shm. Its sysctls belong to a network namespace of its own: whoever shares one drops them.
// Root, process arguments, hostname and cgroup path are the caller's.
OciConfig default_linux_config();

}  // namespace rundlet::spec
