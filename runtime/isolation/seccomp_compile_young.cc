#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "runtime/isolation/seccomp_compile.h"

namespace rundlet::runtime {
namespace {

// Numbers are the same on every architecture from 424 on (kernel: scripts/syscall.tbl).
constexpr std::array<std::pair<std::string_view, int>, 21> kYoung{
    {{"futex_waitv", 449},       {"set_mempolicy_home_node", 450},
     {"cachestat", 451},         {"fchmodat2", 452},
     {"map_shadow_stack", 453},  {"futex_wake", 454},
     {"futex_wait", 455},        {"futex_requeue", 456},
     {"statmount", 457},         {"listmount", 458},
     {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
     {"lsm_list_modules", 461},  {"mseal", 462},
     {"setxattrat", 463},        {"getxattrat", 464},
     {"listxattrat", 465},       {"removexattrat", 466},
     {"open_tree_attr", 467},    {"file_getattr", 468},
     {"file_setattr", 469}}};

#if defined(__x86_64__)
constexpr uint32_t kNativeArch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kNativeArch = AUDIT_ARCH_AARCH64;
#endif
constexpr uint32_t kX32Bit = 0x40000000;

bool allowed(const spec::OciSeccomp& profile, std::string_view name) {
  for (const spec::OciSyscallRule& rule : profile.syscalls) {
    if (rule.action != "SCMP_ACT_ALLOW" || !rule.args.empty()) continue;
    for (const std::string& one : rule.names)
      if (one == name) return true;
  }
  return false;
}

sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}

}  // namespace

std::vector<sock_filter> young_syscalls_prefix(const spec::OciSeccomp& profile, int last_known) {
  std::vector<sock_filter> rules;
  for (const auto& [name, number] : kYoung) {
    if (number <= last_known || !allowed(profile, name)) continue;
    rules.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1));
    rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  uint8_t past = static_cast<uint8_t>(rules.size());
  std::vector<sock_filter> program = {
      load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kNativeArch, 0, static_cast<uint8_t>(past + 3)),
      load(offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, static_cast<uint8_t>(past + 1), 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, static_cast<uint32_t>(last_known), 0, past),
  };
  program.insert(program.end(), rules.begin(), rules.end());
  return program;
}

}  // namespace rundlet::runtime
