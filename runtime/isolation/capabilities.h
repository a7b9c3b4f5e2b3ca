// Linux capabilities of a container process (OCI config.md, process.capabilities; capabilities(7)).
#pragma once

#include <cstdint>
#include <string>

#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// Number of "CAP_CHOWN"; throws invalid_argument for a name nobody knows.
int capability_number(const std::string& name);

// As bit sets. Capabilities that the running kernel does not have are left out, as runc does.
struct CapabilitySets {
  uint64_t bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
};
CapabilitySets capability_bits(const spec::OciCapabilities& capabilities);

// Before the user changes: drops from the bounding set and keeps the permitted set across setuid.
void drop_bounding_set(const CapabilitySets& sets);
// After it.
void set_capabilities(const CapabilitySets& sets);

}  // namespace rundlet::runtime
