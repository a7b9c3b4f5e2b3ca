#include "runtime/isolation/sysctl.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {
namespace {

constexpr std::array<std::string_view, 8> kIpc{"kernel.msgmax", "kernel.msgmnb",         "kernel.msgmni",
                                               "kernel.sem",    "kernel.shmall",         "kernel.shmmax",
                                               "kernel.shmmni", "kernel.shm_rmid_forced"};

// The namespace that keeps the parameter, 0 for one of the whole machine.
int owner_of(std::string_view name) {
  if (name.starts_with("net.")) return CLONE_NEWNET;
  if (name.starts_with("fs.mqueue.") || std::find(kIpc.begin(), kIpc.end(), name) != kIpc.end())
    return CLONE_NEWIPC;
  if (name == "kernel.domainname" || name == "kernel.hostname") return CLONE_NEWUTS;
  return 0;
}

// "net.ipv4.ip_forward" → "/proc/sys/net/ipv4/ip_forward"; a name written with slashes keeps the dots inside.
std::string file_of(const std::string& name) {
  std::string path = name;
  if (path.find('/') == path.npos) std::replace(path.begin(), path.end(), '.', '/');
  if (("/" + path + "/").find("/../") != path.npos) throw_invalid("invalid sysctl " + name);
  return "/proc/sys/" + path;
}

}  // namespace

void set_sysctls(const std::map<std::string, std::string>& sysctls, const NamespacePlan& namespaces) {
  for (const auto& [name, value] : sysctls) {
    std::string dotted = name;
    if (dotted.find('.') == dotted.npos) std::replace(dotted.begin(), dotted.end(), '/', '.');
    int owner = owner_of(dotted);
    if (owner == 0) throw_invalid("sysctl " + name + " is not in a separate kernel namespace");
    if (!namespaces.has(owner)) throw_invalid("sysctl " + name + " is not allowed in the host's namespace");
    write_file(file_of(name), value);
  }
}

}  // namespace rundlet::runtime
