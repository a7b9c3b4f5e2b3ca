#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "runtime/client/shim_client.h"
#include "runtime/isolation/seccomp_compile.h"
#include "runtime/isolation/seccomp_profile.h"

namespace rundlet::runtime {
namespace {

// A small interpreter of the classic BPF that seccomp allows: what would the kernel answer?
uint32_t decide(const std::vector<sock_filter>& program, const seccomp_data& data) {
  uint32_t a = 0;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& in = program[pc];
    switch (in.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        a = *reinterpret_cast<const uint32_t*>(reinterpret_cast<const char*>(&data) + in.k);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= in.k;
        break;
      case BPF_JMP | BPF_JA:
        pc += in.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        pc += a == in.k ? in.jt : in.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        pc += a > in.k ? in.jt : in.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        pc += a >= in.k ? in.jt : in.jf;
        break;
      case BPF_RET | BPF_K:
        return in.k;
      default:
        throw std::runtime_error("instruction " + std::to_string(in.code));
    }
  }
  throw std::runtime_error("ran off the end");
}

uint32_t decide(const std::vector<sock_filter>& program, int number, std::vector<uint64_t> args = {}) {
  seccomp_data data = {};
  data.nr = number;
  data.arch = AUDIT_ARCH_X86_64;
  std::copy(args.begin(), args.end(), data.args);
  return decide(program, data);
}

bool has(const spec::OciSeccomp& profile, const std::string& name) {
  return std::any_of(profile.syscalls.begin(), profile.syscalls.end(), [&](const auto& rule) {
    return rule.action == "SCMP_ACT_ALLOW" && rule.args.empty() &&
           std::find(rule.names.begin(), rule.names.end(), name) != rule.names.end();
  });
}

constexpr uint32_t kEperm = SECCOMP_RET_ERRNO | EPERM;

TEST(SeccompProfile, DependsOnCapabilities) {
  EXPECT_FALSE(has(default_seccomp({"CAP_CHOWN"}), "mount"));
  EXPECT_TRUE(has(default_seccomp({"CAP_SYS_ADMIN"}), "mount"));
  EXPECT_TRUE(has(default_seccomp({}), "read"));
  EXPECT_TRUE(has(default_seccomp({}), "ptrace"));  // kernels since 4.8
}

TEST(SeccompProfile, DependsOnKernelAndArchitecture) {
  SeccompProfile profile = parse_seccomp_profile(default_profile_text());
  EXPECT_FALSE(has(resolve_profile(profile, {}, {"amd64", "SCMP_ARCH_X86_64", 4, 7}), "ptrace"));
  EXPECT_TRUE(has(resolve_profile(profile, {}, {"amd64", "SCMP_ARCH_X86_64", 5, 0}), "arch_prctl"));
  spec::OciSeccomp arm = resolve_profile(profile, {}, {"arm64", "SCMP_ARCH_AARCH64", 5, 0});
  EXPECT_FALSE(has(arm, "arch_prctl"));
  EXPECT_EQ(arm.architectures, (std::vector<std::string>{"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}));
}

TEST(SeccompProfile, RefusesConditionsItDoesNotKnow) {
  EXPECT_THROW(parse_seccomp_profile(R"({"defaultAction":"SCMP_ACT_ERRNO","archMap":[],"syscalls":[
      {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"moon":"full"}}]})"),
               Error);
}

TEST(SeccompProgram, DecidesAsTheDefaultProfileSays) {
  std::vector<sock_filter> program = compile_program(default_seccomp({}));
  EXPECT_EQ(decide(program, SYS_read), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program, SYS_mount), kEperm);
  EXPECT_EQ(decide(program, SYS_clone3), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(decide(program, SYS_personality, {0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program, SYS_personality, {1}), kEperm);
  EXPECT_EQ(decide(program, SYS_clone, {0x10000000}), kEperm);  // CLONE_NEWUSER
  EXPECT_EQ(decide(program, SYS_clone, {0x11}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program, SYS_socket, {40}), kEperm);  // AF_VSOCK
}

TEST(SeccompProgram, CallsYoungerThanTheLibraryAreAllowedByNameOrUnknown) {
  spec::OciSeccomp profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.syscalls = {{{"read", "fchmodat2"}, "SCMP_ACT_ALLOW", {}, {}}};
  std::vector<sock_filter> program = compile_program(profile);
  EXPECT_EQ(decide(program, SYS_read), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program, 452), SECCOMP_RET_ALLOW);           // fchmodat2
  EXPECT_EQ(decide(program, 462), SECCOMP_RET_ERRNO | ENOSYS);  // mseal
  EXPECT_EQ(decide(program, 999), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(decide(program, SYS_write), kEperm);
  EXPECT_NE(decide(program, 0x40000000 | 999), SECCOMP_RET_ALLOW);  // x32 is not ours to answer for
}

TEST(SeccompProgram, RefusesByNameWhatItCannotDo) {
  spec::OciSeccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.syscalls = {{{"read"}, "SCMP_ACT_NOTIFY", {}, {}}};
  EXPECT_THROW(compile_program(profile), Error);
  profile.syscalls.clear();
  profile.flags = {"SECCOMP_FILTER_FLAG_LOG"};
  EXPECT_THROW(compile_program(profile), Error);
}

TEST(SeccompCache, GivesTheSameFileUntilItsKeyIsDamaged) {
  std::string directory = "/tmp/runtime-test-" + random_hex(6);
  spec::OciSeccomp profile = default_seccomp({});
  std::string first = compile_seccomp(profile, directory);
  std::string program = read_file(first);
  EXPECT_EQ(compile_seccomp(profile, directory), first);
  EXPECT_EQ(profile_of_program(first).syscalls.size(), profile.syscalls.size());
  EXPECT_NE(compile_seccomp(default_seccomp({"CAP_SYS_ADMIN"}), directory), first);
  // A crash between program and key, or a collision: the program is made anew.
  write_file(first, "rubbish");
  write_file(first.substr(0, first.size() - 4) + ".key", "something else");
  EXPECT_EQ(compile_seccomp(profile, directory), first);
  EXPECT_EQ(read_file(first), program);
  fs::remove_tree(directory);
}

}  // namespace
}  // namespace rundlet::runtime
