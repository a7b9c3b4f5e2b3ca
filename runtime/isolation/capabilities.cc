#include "runtime/isolation/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "spec/capability.h"

namespace rundlet::runtime {
namespace {

bool in_bounding_set(int number) {
  return ::prctl(PR_CAPBSET_READ, number) == 1;
}
bool known_to_kernel(int number) {
  return ::prctl(PR_CAPBSET_READ, number) >= 0;
}

uint64_t bits_of(const std::vector<std::string>& names) {
  uint64_t bits = 0;
  for (const std::string& name : names) {
    int number = capability_number(name);
    if (known_to_kernel(number)) bits |= uint64_t{1} << number;
  }
  return bits;
}

void raise_ambient(uint64_t bits) {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    throw_errno("clear ambient capabilities");
  for (int number = 0; number <= CAP_LAST_CAP; ++number) {
    if ((bits >> number & 1) == 0) continue;
    // The kernel refuses what is not both permitted and inheritable; runc goes on without it too.
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0 && errno != EPERM)
      throw_errno("raise ambient capability");
  }
}

}  // namespace

int capability_number(const std::string& name) {
  auto number = spec::capability_number(name);
  if (!number) throw_invalid("unknown capability " + name);
  return static_cast<int>(*number);
}

CapabilitySets capability_bits(const spec::OciCapabilities& capabilities) {
  return {bits_of(capabilities.bounding), bits_of(capabilities.effective), bits_of(capabilities.inheritable),
          bits_of(capabilities.permitted), bits_of(capabilities.ambient)};
}

void drop_bounding_set(const CapabilitySets& sets) {
  for (int number = 0; known_to_kernel(number); ++number) {
    bool wanted = (sets.bounding >> number & 1) != 0;
    if (wanted || !in_bounding_set(number)) continue;
    if (::prctl(PR_CAPBSET_DROP, number) < 0) throw_errno("drop a capability from the bounding set");
  }
  if (::prctl(PR_SET_KEEPCAPS, 1) < 0) throw_errno("prctl PR_SET_KEEPCAPS");
}

void set_capabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) < 0) throw_errno("capget");
  uint64_t held = data[0].permitted | uint64_t{data[1].permitted} << 32;
  // What this machine itself may not have (a bounded service, a nested container) cannot be given on.
  uint64_t permitted = sets.permitted & held, effective = sets.effective & permitted;
  uint64_t inheritable = sets.inheritable & held;
  for (int i = 0; i < 2; ++i) {
    data[i].effective = static_cast<uint32_t>(effective >> (32 * i));
    data[i].permitted = static_cast<uint32_t>(permitted >> (32 * i));
    data[i].inheritable = static_cast<uint32_t>(inheritable >> (32 * i));
  }
  if (::syscall(SYS_capset, &header, data) < 0) throw_errno("capset");
  raise_ambient(sets.ambient);
  if (::prctl(PR_SET_KEEPCAPS, 0) < 0) throw_errno("prctl PR_SET_KEEPCAPS");
}

}  // namespace rundlet::runtime
