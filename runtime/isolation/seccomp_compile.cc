#include "runtime/isolation/seccomp_compile.h"

#include <errno.h>
#include <seccomp.h>

#include <array>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {
namespace {

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

uint32_t action_of(const std::string& name, const std::optional<uint32_t>& errno_ret) {
  uint16_t error = static_cast<uint16_t>(errno_ret.value_or(EPERM));
  if (name == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(error);
  if (name == "SCMP_ACT_KILL" || name == "SCMP_ACT_KILL_THREAD") return SCMP_ACT_KILL_THREAD;
  if (name == "SCMP_ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
  if (name == "SCMP_ACT_TRAP") return SCMP_ACT_TRAP;
  if (name == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
  if (name == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(error);
  if (name == "SCMP_ACT_NOTIFY") throw_error(ErrorCode::unimplemented, "seccomp action SCMP_ACT_NOTIFY");
  throw_invalid("unknown seccomp action " + name);
}

scmp_compare comparison_of(const std::string& name) {
  constexpr std::array<std::pair<const char*, scmp_compare>, 7> kNames{
      {{"SCMP_CMP_NE", SCMP_CMP_NE},
       {"SCMP_CMP_LT", SCMP_CMP_LT},
       {"SCMP_CMP_LE", SCMP_CMP_LE},
       {"SCMP_CMP_EQ", SCMP_CMP_EQ},
       {"SCMP_CMP_GE", SCMP_CMP_GE},
       {"SCMP_CMP_GT", SCMP_CMP_GT},
       {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}}};
  for (const auto& [known, value] : kNames)
    if (known == name) return value;
  throw_invalid("unknown seccomp comparison " + name);
}

// "SCMP_ARCH_X86_64" → libseccomp's token.
uint32_t architecture_of(const std::string& name) {
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  if (!name.starts_with(kPrefix)) throw_invalid("unknown seccomp architecture " + name);
  std::string plain = name.substr(kPrefix.size());
  for (char& c : plain) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  uint32_t token = ::seccomp_arch_resolve_name(plain.c_str());
  if (token == 0) throw_invalid("unknown seccomp architecture " + name);
  return token;
}

void check(int result, const std::string& what) {
  if (result < 0) throw_errno("seccomp: " + what, -result);
}

scmp_arg_cmp argument_of(const spec::OciSyscallArg& arg) {
  scmp_arg_cmp comparison = {};
  comparison.arg = arg.index;
  comparison.op = comparison_of(arg.op);
  comparison.datum_a = arg.value;
  comparison.datum_b = arg.value_two;
  return comparison;
}

// libseccomp takes one condition for an argument; several are alternatives, as in runc.
void add_rule(const Context& context, int syscall, uint32_t action, const spec::OciSyscallRule& rule) {
  std::vector<scmp_arg_cmp> arguments;
  std::set<uint32_t> indexes;
  for (const spec::OciSyscallArg& arg : rule.args) {
    arguments.push_back(argument_of(arg));
    indexes.insert(arg.index);
  }
  if (indexes.size() == arguments.size()) {
    unsigned count = static_cast<unsigned>(arguments.size());
    check(::seccomp_rule_add_array(context.get(), action, syscall, count, arguments.data()),
          rule.names.front());
    return;
  }
  for (const scmp_arg_cmp& one : arguments)
    check(::seccomp_rule_add_array(context.get(), action, syscall, 1, &one), rule.names.front());
}

void add_rules(const Context& context, const spec::OciSeccomp& profile, uint32_t default_action) {
  for (const spec::OciSyscallRule& rule : profile.syscalls) {
    uint32_t action = action_of(rule.action, rule.errno_ret);
    if (action == default_action) continue;  // says nothing, and libseccomp refuses it
    for (const std::string& name : rule.names) {
      int number = ::seccomp_syscall_resolve_name(name.c_str());
      if (number != __NR_SCMP_ERROR) add_rule(context, number, action, rule);
    }
  }
}

void check_supported(const spec::OciSeccomp& profile) {
  if (!profile.listener_path.empty()) throw_error(ErrorCode::unimplemented, "seccomp.listenerPath");
  for (const std::string& flag : profile.flags) {
    // A single-threaded child is in sync with itself.
    if (flag != "SECCOMP_FILTER_FLAG_TSYNC") throw_error(ErrorCode::unimplemented, "seccomp flag " + flag);
  }
}

std::vector<sock_filter> export_program(const Context& context) {
  Fd file = make_memfd("seccomp");
  check(::seccomp_export_bpf(context.get(), file.get()), "export");
  if (::lseek(file.get(), 0, SEEK_SET) < 0) throw_errno("lseek");
  std::string bytes = read_all(file.get());
  std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
  std::memcpy(program.data(), bytes.data(), program.size() * sizeof(sock_filter));
  return program;
}

// The highest system call number that the library has a name for.
int last_known_syscall() {
  for (int number = 1023; number > 0; --number) {
    char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name == nullptr) continue;
    ::free(name);
    return number;
  }
  return 0;
}

}  // namespace

std::vector<sock_filter> compile_program(const spec::OciSeccomp& profile) {
  check_supported(profile);
  uint32_t default_action = action_of(profile.default_action, profile.default_errno_ret);
  Context context(::seccomp_init(default_action), ::seccomp_release);
  if (!context) throw_invalid("seccomp: cannot start with " + profile.default_action);
  for (const std::string& name : profile.architectures) {
    int result = ::seccomp_arch_add(context.get(), architecture_of(name));
    if (result != -EEXIST) check(result, "architecture " + name);
  }
  add_rules(context, profile, default_action);
  std::vector<sock_filter> program;
  if (default_action == SCMP_ACT_ERRNO(profile.default_errno_ret.value_or(EPERM)))
    program = young_syscalls_prefix(profile, last_known_syscall());
  std::vector<sock_filter> rules = export_program(context);
  program.insert(program.end(), rules.begin(), rules.end());
  return program;
}

}  // namespace rundlet::runtime
