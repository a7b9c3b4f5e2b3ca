#include "runtime/isolation/namespaces.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>

#include "base/error.h"

namespace rundlet::runtime {
namespace {

struct Kind {
  const char* type;
  const char* file;
  int flag;
};
constexpr std::array<Kind, 8> kKinds{{{"pid", "pid", CLONE_NEWPID},
                                      {"network", "net", CLONE_NEWNET},
                                      {"mount", "mnt", CLONE_NEWNS},
                                      {"ipc", "ipc", CLONE_NEWIPC},
                                      {"uts", "uts", CLONE_NEWUTS},
                                      {"user", "user", CLONE_NEWUSER},
                                      {"cgroup", "cgroup", CLONE_NEWCGROUP},
                                      {"time", "time", CLONE_NEWTIME}}};

const Kind& kind_of(const std::string& type) {
  for (const Kind& kind : kKinds)
    if (kind.type == type) return kind;
  throw_invalid("unknown namespace type " + type);
}

}  // namespace

int namespace_flag(const std::string& type) {
  return kind_of(type).flag;
}
std::string namespace_file(const std::string& type) {
  return kind_of(type).file;
}

bool NamespacePlan::has(int flag) const {
  if ((create & flag) != 0 || (flag == CLONE_NEWCGROUP && new_cgroup) || (flag == CLONE_NEWPID && pid))
    return true;
  return std::any_of(join.begin(), join.end(), [flag](const Join& one) { return one.flag == flag; });
}

NamespacePlan plan_namespaces(const std::vector<spec::OciNamespace>& namespaces) {
  NamespacePlan plan;
  for (const spec::OciNamespace& wanted : namespaces) {
    int flag = namespace_flag(wanted.type);
    if (plan.has(flag)) throw_invalid("namespace " + wanted.type + " is given twice");
    if (wanted.path.empty() && flag == CLONE_NEWCGROUP) {
      plan.new_cgroup = true;
    } else if (wanted.path.empty()) {
      plan.create |= flag;
    } else if (flag == CLONE_NEWPID) {
      plan.pid = open_file(wanted.path, O_RDONLY);
    } else {
      NamespacePlan::Join join{flag, wanted.path, open_file(wanted.path, O_RDONLY)};
      plan.join.insert(flag == CLONE_NEWUSER ? plan.join.begin() : plan.join.end(), std::move(join));
    }
  }
  return plan;
}

void join_namespaces(const NamespacePlan& plan) {
  bool parent_did = (plan.create & CLONE_NEWUSER) != 0;
  for (const NamespacePlan::Join& one : plan.join) {
    if (parent_did && one.flag != CLONE_NEWNS) continue;
    if (::setns(one.fd.get(), one.flag) < 0) throw_errno("join namespace " + one.path);
  }
}

Fd open_namespace(int pid, const std::string& type) {
  return open_file("/proc/" + std::to_string(pid) + "/ns/" + namespace_file(type), O_RDONLY);
}

NamespaceVisit::NamespaceVisit(const NamespacePlan& plan, bool everything) {
  if (plan.pid) enter(CLONE_NEWPID, plan.pid);
  if (!everything) return;
  for (const NamespacePlan::Join& one : plan.join)
    if (one.flag != CLONE_NEWUSER && one.flag != CLONE_NEWNS) enter(one.flag, one.fd);
}

NamespaceVisit::NamespaceVisit(const Fd& pid_namespace) {
  enter(CLONE_NEWPID, pid_namespace);
}

void NamespaceVisit::enter(int flag, const Fd& target) {
  const char* type = nullptr;
  for (const Kind& kind : kKinds)
    if (kind.flag == flag) type = kind.type;
  own_.emplace_back(flag, open_namespace(::getpid(), type));
  if (::setns(target.get(), flag) < 0) throw_errno("join the " + std::string(type) + " namespace");
}

NamespaceVisit::~NamespaceVisit() {
  // Going back to one's own namespace is always permitted; staying in the wrong one would be a silent
  // disaster.
  for (const auto& [flag, own] : own_)
    if (::setns(own.get(), flag) < 0) std::terminate();
}

}  // namespace rundlet::runtime
