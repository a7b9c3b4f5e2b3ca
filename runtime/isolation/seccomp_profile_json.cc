#include "base/codec/json.h"
#include "runtime/isolation/seccomp_profile.h"

namespace rundlet::runtime {
namespace {

struct ArgRecord {
  uint32_t index = 0;
  uint64_t value = 0, value_two = 0;
  std::string op;
};
struct RuleRecord {
  std::vector<std::string> names;
  std::string action, comment;
  std::optional<uint32_t> errno_ret;
  std::vector<ArgRecord> args;
  ProfileCondition includes, excludes;
};
struct ProfileRecord {
  std::string default_action;
  std::optional<uint32_t> default_errno_ret;
  std::vector<ProfileArchitecture> arch_map;
  std::vector<RuleRecord> syscalls;
};

template <class Visitor>
void describe(Visitor& v, ArgRecord& a) {
  v("index", a.index);
  v("value", a.value);
  v.omit_empty("valueTwo", a.value_two);
  v("op", a.op);
}

template <class Visitor>
void describe(Visitor& v, RuleRecord& r) {
  v("names", r.names);
  v("action", r.action);
  v.omit_empty("comment", r.comment);
  v.omit_empty("errnoRet", r.errno_ret);
  v.omit_empty("args", r.args);
  v("includes", r.includes);
  v("excludes", r.excludes);
}

template <class Visitor>
void describe(Visitor& v, ProfileRecord& p) {
  v("defaultAction", p.default_action);
  v.omit_empty("defaultErrnoRet", p.default_errno_ret);
  v("archMap", p.arch_map);
  v("syscalls", p.syscalls);
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, ProfileCondition& c) {
  v.omit_empty("caps", c.caps);
  v.omit_empty("arches", c.arches);
  v.omit_empty("minKernel", c.min_kernel);
}

template <class Visitor>
void describe(Visitor& v, ProfileArchitecture& a) {
  v("architecture", a.architecture);
  v("subArchitectures", a.sub_architectures);
}

// A condition that is not known must not be passed over: it would let a rule through.
SeccompProfile parse_seccomp_profile(std::string_view text) {
  auto record = json::decode<ProfileRecord>(text, json::Unknown::refuse);
  SeccompProfile profile{record.default_action, record.default_errno_ret, record.arch_map, {}};
  for (const RuleRecord& r : record.syscalls) {
    ProfileRule rule;
    rule.rule = {r.names, r.action, r.errno_ret, {}};
    for (const ArgRecord& a : r.args) rule.rule.args.push_back({a.index, a.value, a.value_two, a.op});
    rule.includes = r.includes;
    rule.excludes = r.excludes;
    profile.syscalls.push_back(std::move(rule));
  }
  return profile;
}

}  // namespace rundlet::runtime
