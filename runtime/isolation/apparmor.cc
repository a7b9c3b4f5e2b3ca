#include "runtime/isolation/apparmor.h"

#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {

void apply_apparmor(const std::string& profile) {
  if (profile.empty() || profile == "unconfined") return;
  constexpr char kOnExec[] = "/proc/self/attr/apparmor/exec";
  if (::access("/sys/module/apparmor", F_OK) < 0 || ::access(kOnExec, F_OK) < 0)
    throw_error(ErrorCode::unimplemented,
                "apparmor profile " + profile + ": AppArmor is not available on this machine");
  write_file(kOnExec, "exec " + profile);
}

void apply_selinux(const std::string& label) {
  if (label.empty()) return;
  if (::access("/sys/fs/selinux/enforce", F_OK) < 0)
    throw_error(ErrorCode::unimplemented,
                "selinux label " + label + ": SELinux is not available on this machine");
  write_file("/proc/self/attr/exec", label);
}

}  // namespace rundlet::runtime
