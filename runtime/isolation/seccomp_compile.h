// OCI seccomp profiles to BPF, by libseccomp (OCI config-linux.md, Seccomp). Only daemon and rundlet-oci link
// it: the shim gets the program.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// System calls that libseccomp does not know are left out, as by docker. Throws unimplemented for what cannot
// be honoured (SCMP_ACT_NOTIFY, flags), invalid_argument for what is malformed.
std::vector<sock_filter> compile_program(const spec::OciSeccomp& profile);

// The profile that a program in the cache of compile_seccomp was made from: other runtimes want that.
spec::OciSeccomp profile_of_program(const std::string& path);

// Rules in front of libseccomp's program for calls younger than the library: those the profile allows by name
// are allowed, all others answer ENOSYS, so that programs fall back to an older call instead of seeing a
// refusal.
std::vector<sock_filter> young_syscalls_prefix(const spec::OciSeccomp& profile, int last_known);

}  // namespace rundlet::runtime
