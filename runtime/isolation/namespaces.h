// Namespaces of a container: which are made, which are joined (OCI config-linux.md, Namespaces).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// CLONE_NEW* of "pid", "network", …; throws invalid_argument for an unknown type.
int namespace_flag(const std::string& type);
// The name under /proc/PID/ns: "net" for "network", "mnt" for "mount".
std::string namespace_file(const std::string& type);

struct NamespacePlan {
  struct Join {
    int flag = 0;
    std::string path;
    Fd fd;
  };
  int create = 0;           // CLONE_NEW* for clone3; never CLONE_NEWCGROUP, see new_cgroup
  bool new_cgroup = false;  // unshared by the child itself once it is in its cgroup
  std::vector<Join> join;   // user first; never pid
  Fd pid;                   // joined by the parent around the clone, since setns moves only later children

  bool has(int flag) const;
};

// Opens the namespaces to join. Throws invalid_argument for a type named twice and not_found for a missing
// path.
NamespacePlan plan_namespaces(const std::vector<spec::OciNamespace>& namespaces);

// In the child: enters what plan.join names. A new user namespace could not enter those of its parent any
// more, so then the parent visits them around the clone, and nothing is left to do here.
void join_namespaces(const NamespacePlan& plan);

// /proc/PID/ns/…, opened.
Fd open_namespace(int pid, const std::string& type);

// While it lives, this process and the children it makes are in other namespaces. For a pid namespace only
// the children are: setns moves no process into one.
class NamespaceVisit {
 public:
  // The plan's pid namespace; with `everything` also all others that are joined by path, except user and
  // mount.
  NamespaceVisit(const NamespacePlan& plan, bool everything);
  // For the pid namespace of a running process.
  explicit NamespaceVisit(const Fd& pid_namespace);
  ~NamespaceVisit();
  NamespaceVisit(const NamespaceVisit&) = delete;
  NamespaceVisit& operator=(const NamespaceVisit&) = delete;

 private:
  void enter(int flag, const Fd& target);

  std::vector<std::pair<int, Fd>> own_;
};

}  // namespace rundlet::runtime
