// Kernel parameters of a container's own namespaces (OCI config-linux.md, Sysctl).
#pragma once

#include <map>
#include <string>

#include "runtime/isolation/namespaces.h"

namespace rundlet::runtime {

// Written through our own /proc, which shows the caller's namespaces. Throws invalid_argument for a parameter
// that is not kept per namespace, or whose namespace the container shares with the host.
void set_sysctls(const std::map<std::string, std::string>& sysctls, const NamespacePlan& namespaces);

}  // namespace rundlet::runtime
