// Docker's form of a seccomp profile: an OCI one whose rules depend on capabilities, architecture and kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/oci_runtime.h"

namespace rundlet::runtime {

struct ProfileCondition {
  std::vector<std::string> caps, arches;  // "CAP_SYS_ADMIN", "amd64"
  std::string min_kernel;                 // "4.8"
};
struct ProfileRule {
  spec::OciSyscallRule rule;
  ProfileCondition includes, excludes;
};
struct ProfileArchitecture {
  std::string architecture;  // SCMP_ARCH_X86_64
  std::vector<std::string> sub_architectures;
};
struct SeccompProfile {
  std::string default_action;
  std::optional<uint32_t> default_errno_ret;
  std::vector<ProfileArchitecture> arch_map;
  std::vector<ProfileRule> syscalls;
};

SeccompProfile parse_seccomp_profile(std::string_view text);

// What decides about the conditions.
struct ProfileMachine {
  std::string go_arch;       // "amd64"
  std::string architecture;  // "SCMP_ARCH_X86_64"
  unsigned kernel_major = 0, kernel_minor = 0;
  static ProfileMachine here();
};
spec::OciSeccomp resolve_profile(const SeccompProfile& profile, const std::vector<std::string>& capabilities,
                                 const ProfileMachine& machine);

// seccomp_default.json, compiled in.
std::string_view default_profile_text();

}  // namespace rundlet::runtime
