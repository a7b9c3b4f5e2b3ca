// `features` (OCI features.md, features-linux.md).
#include <cstdio>

#include "base/codec/json.h"
#include "runtime/commands/commands.h"
#include "spec/capability.h"

namespace rundlet::runtime {
namespace {

json::Value linux_features() {
  json::Value features;
  features["namespaces"] = {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"};
  features["capabilities"] = spec::capability_names();
  features["cgroup"] = {
      {"v1", true}, {"v2", true}, {"systemd", false}, {"systemdUser", false}, {"rdma", false}};
  features["seccomp"] = {
      {"enabled", true},
      {"actions",
       {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"}},
      {"operators",
       {"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
        "SCMP_CMP_NE"}},
      {"archs", {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"}},
      {"knownFlags", {"SECCOMP_FILTER_FLAG_TSYNC"}},
      {"supportedFlags", {"SECCOMP_FILTER_FLAG_TSYNC"}}};
  features["apparmor"] = {{"enabled", true}};
  features["selinux"] = {{"enabled", false}};
  features["intelRdt"] = {{"enabled", false}};
  features["mountExtensions"] = {{"idmap", {{"enabled", true}}}};
  return features;
}

}  // namespace

int features() {
  json::Value document;
  document["ociVersionMin"] = "1.0.0";
  document["ociVersionMax"] = "1.1.0";
  document["hooks"] = {"prestart",       "createRuntime", "createContainer",
                       "startContainer", "poststart",     "poststop"};
  document["mountOptions"] = {
      "async",       "atime",         "bind",        "defaults",    "dev",        "diratime",  "dirsync",
      "exec",        "mand",          "noatime",     "nodev",       "nodiratime", "noexec",    "nomand",
      "norelatime",  "nostrictatime", "nosuid",      "nosymfollow", "private",    "ratime",    "rbind",
      "rdev",        "rdiratime",     "relatime",    "rexec",       "rnoatime",   "rnodev",    "rnodiratime",
      "rnoexec",     "rnosuid",       "ro",          "rprivate",    "rro",        "rrw",       "rshared",
      "rslave",      "rsuid",         "runbindable", "rw",          "shared",     "silent",    "slave",
      "strictatime", "suid",          "symfollow",   "sync",        "tmpcopyup",  "unbindable"};
  document["linux"] = linux_features();
  document["annotations"] = {{"org.rundlet.version", RUNDLET_VERSION}};
  std::puts(document.dump(2).c_str());
  return 0;
}

}  // namespace rundlet::runtime
