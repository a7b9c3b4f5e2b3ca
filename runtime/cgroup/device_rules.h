// Which devices every container may use.
#pragma once

#include <vector>

#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// The configuration's rules and, after them, what a runtime must allow for its own default devices and so
// that mknod (of anything: a node is harmless, opening it is not) works. No rules at all stay no rules.
std::vector<spec::OciDeviceRule> complete_device_rules(const std::vector<spec::OciDeviceRule>& rules);

}  // namespace rundlet::runtime
