#include "runtime/isolation/seccomp_profile.h"

#include <stdio.h>
#include <sys/utsname.h>

#include <algorithm>

#include "base/error.h"
#include "runtime/client/shim_client.h"

namespace rundlet::runtime {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool kernel_at_least(const ProfileMachine& machine, const std::string& version) {
  unsigned major = 0, minor = 0;
  if (::sscanf(version.c_str(), "%u.%u", &major, &minor) != 2)
    throw_invalid("seccomp profile: minKernel " + version);
  return machine.kernel_major > major || (machine.kernel_major == major && machine.kernel_minor >= minor);
}

// A rule is kept when all that it includes holds and nothing that it excludes does.
bool applies(const ProfileRule& rule, const std::vector<std::string>& capabilities,
             const ProfileMachine& machine) {
  const ProfileCondition &in = rule.includes, &out = rule.excludes;
  if (!in.arches.empty() && !contains(in.arches, machine.go_arch)) return false;
  if (contains(out.arches, machine.go_arch)) return false;
  if (!in.min_kernel.empty() && !kernel_at_least(machine, in.min_kernel)) return false;
  if (!out.min_kernel.empty() && kernel_at_least(machine, out.min_kernel)) return false;
  auto held = [&](const std::string& name) { return contains(capabilities, name); };
  return std::all_of(in.caps.begin(), in.caps.end(), held) &&
         std::none_of(out.caps.begin(), out.caps.end(), held);
}

}  // namespace

ProfileMachine ProfileMachine::here() {
  utsname name;
  if (::uname(&name) < 0) throw_errno("uname");
  ProfileMachine machine;
  ::sscanf(name.release, "%u.%u", &machine.kernel_major, &machine.kernel_minor);
#if defined(__x86_64__)
  machine.go_arch = "amd64";
  machine.architecture = "SCMP_ARCH_X86_64";
#elif defined(__aarch64__)
  machine.go_arch = "arm64";
  machine.architecture = "SCMP_ARCH_AARCH64";
#else
#error "name this architecture as seccomp profiles do"
#endif
  return machine;
}

spec::OciSeccomp resolve_profile(const SeccompProfile& profile, const std::vector<std::string>& capabilities,
                                 const ProfileMachine& machine) {
  spec::OciSeccomp result;
  result.default_action = profile.default_action;
  result.default_errno_ret = profile.default_errno_ret;
  for (const ProfileArchitecture& one : profile.arch_map) {
    if (one.architecture != machine.architecture) continue;
    result.architectures = one.sub_architectures;
    result.architectures.insert(result.architectures.begin(), one.architecture);
  }
  for (const ProfileRule& rule : profile.syscalls)
    if (applies(rule, capabilities, machine)) result.syscalls.push_back(rule.rule);
  return result;
}

spec::OciSeccomp default_seccomp(const std::vector<std::string>& capabilities) {
  static const SeccompProfile profile = parse_seccomp_profile(default_profile_text());
  return resolve_profile(profile, capabilities, ProfileMachine::here());
}

}  // namespace rundlet::runtime
