#include "runtime/cgroup/device_filter.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace rundlet::runtime {
namespace {

// Registers: r1 the context, r2 type, r3 wanted access, r4 major, r5 minor, r6 scratch.
constexpr uint8_t kContext = BPF_REG_1, kType = BPF_REG_2, kAccess = BPF_REG_3, kMajor = BPF_REG_4,
                  kMinor = BPF_REG_5, kScratch = BPF_REG_6;

bpf_insn instruction(uint8_t code, uint8_t dst, uint8_t src, int16_t offset, int32_t immediate) {
  bpf_insn insn = {};
  insn.code = code;
  insn.dst_reg = dst & 0xf;
  insn.src_reg = src & 0xf;
  insn.off = offset;
  insn.imm = immediate;
  return insn;
}

bpf_insn load(uint8_t reg, size_t field) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, reg, kContext, static_cast<int16_t>(field), 0);
}
bpf_insn set(uint8_t reg, int32_t value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value);
}
bpf_insn leave() {
  return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}
// Jumps to the next rule; the distance is filled in when the rule is complete.
bpf_insn unless_equal(uint8_t reg, int32_t value) {
  return instruction(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, value);
}

int32_t access_bits(const std::string& access) {
  int32_t bits = 0;
  for (char c : access) {
    if (c == 'r') bits |= BPF_DEVCG_ACC_READ;
    if (c == 'w') bits |= BPF_DEVCG_ACC_WRITE;
    if (c == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
  }
  return access.empty() ? BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD : bits;
}

// An allowing rule must cover all of the wanted access; a denying one matches when it takes away any of it.
void match_access(std::vector<bpf_insn>& code, const spec::OciDeviceRule& rule) {
  int32_t bits = access_bits(rule.access);
  if (bits == 7) return;
  code.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
  code.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, kScratch, 0, 0, rule.allow ? ~bits & 7 : bits));
  code.push_back(instruction(BPF_JMP32 | (rule.allow ? BPF_JNE : BPF_JEQ) | BPF_K, kScratch, 0, 0, 0));
}

std::vector<bpf_insn> rule_code(const spec::OciDeviceRule& rule) {
  std::vector<bpf_insn> code;
  if (rule.type == "c") code.push_back(unless_equal(kType, BPF_DEVCG_DEV_CHAR));
  if (rule.type == "b") code.push_back(unless_equal(kType, BPF_DEVCG_DEV_BLOCK));
  match_access(code, rule);
  if (rule.major && *rule.major >= 0) code.push_back(unless_equal(kMajor, static_cast<int32_t>(*rule.major)));
  if (rule.minor && *rule.minor >= 0) code.push_back(unless_equal(kMinor, static_cast<int32_t>(*rule.minor)));
  code.push_back(set(BPF_REG_0, rule.allow ? 1 : 0));
  code.push_back(leave());
  for (size_t i = 0; i < code.size(); ++i) {
    bool jump = (code[i].code & 7) == BPF_JMP32;
    if (jump) code[i].off = static_cast<int16_t>(code.size() - i - 1);
  }
  return code;
}

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

Fd load_program(const std::vector<bpf_insn>& code) {
  bpf_attr attributes = {};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<uint64_t>(code.data());
  attributes.insn_cnt = static_cast<uint32_t>(code.size());
  attributes.license = reinterpret_cast<uint64_t>("Apache-2.0");
  Fd program(bpf(BPF_PROG_LOAD, attributes));
  if (!program) throw_errno("load the device filter");
  return program;
}

std::vector<uint32_t> attached_programs(const Fd& directory) {
  uint32_t ids[64] = {};
  bpf_attr attributes = {};
  attributes.query.target_fd = static_cast<uint32_t>(directory.get());
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = reinterpret_cast<uint64_t>(ids);
  attributes.query.prog_cnt = 64;
  if (bpf(BPF_PROG_QUERY, attributes) < 0) throw_errno("query device filters");
  return {ids, ids + attributes.query.prog_cnt};
}

void detach(const Fd& directory, uint32_t id) {
  bpf_attr attributes = {};
  attributes.prog_id = id;
  Fd program(bpf(BPF_PROG_GET_FD_BY_ID, attributes));
  if (!program) throw_errno("open a device filter");
  attributes = {};
  attributes.target_fd = static_cast<uint32_t>(directory.get());
  attributes.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  if (bpf(BPF_PROG_DETACH, attributes) < 0) throw_errno("detach a device filter");
}

}  // namespace

std::vector<bpf_insn> device_program(const std::vector<spec::OciDeviceRule>& rules) {
  std::vector<bpf_insn> code = {load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
                                instruction(BPF_ALU | BPF_MOV | BPF_X, kAccess, kType, 0, 0),
                                instruction(BPF_ALU | BPF_AND | BPF_K, kType, 0, 0, 0xffff),
                                instruction(BPF_ALU | BPF_RSH | BPF_K, kAccess, 0, 0, 16),
                                load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
                                load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor))};
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    std::vector<bpf_insn> part = rule_code(*rule);
    code.insert(code.end(), part.begin(), part.end());
    // Everything before a rule for all devices is overruled by it, and the verifier refuses unreachable code.
    bool all = rule->type != "c" && rule->type != "b" && !rule->major && !rule->minor &&
               access_bits(rule->access) == 7;
    if (all) return code;
  }
  code.push_back(set(BPF_REG_0, 0));
  code.push_back(leave());
  return code;
}

void attach_device_filter(const Fd& cgroup_directory, const std::vector<spec::OciDeviceRule>& rules) {
  Fd program = load_program(device_program(rules));
  std::vector<uint32_t> earlier = attached_programs(cgroup_directory);
  bpf_attr attributes = {};
  attributes.target_fd = static_cast<uint32_t>(cgroup_directory.get());
  attributes.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, attributes) < 0) throw_errno("attach the device filter");
  for (uint32_t id : earlier) detach(cgroup_directory, id);
}

}  // namespace rundlet::runtime
