// AppArmor profiles and SELinux labels of a process.
#pragma once

#include <string>

namespace rundlet::runtime {

// "" and "unconfined" ask for nothing. Else the label is set for the coming exec; throws unimplemented,
// naming the profile or label, where the kernel has no such module.
void apply_apparmor(const std::string& profile);
void apply_selinux(const std::string& label);

}  // namespace rundlet::runtime
