// The device rules of a v2 cgroup: a BPF_PROG_TYPE_CGROUP_DEVICE program, built from the OCI list.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "base/fd.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// The last rule that matches decides; what none matches is denied, as after v1's "deny a".
std::vector<bpf_insn> device_program(const std::vector<spec::OciDeviceRule>& rules);
// Replaces a filter that is attached to the directory already.
void attach_device_filter(const Fd& cgroup_directory, const std::vector<spec::OciDeviceRule>& rules);

}  // namespace rundlet::runtime
