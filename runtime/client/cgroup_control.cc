#include "runtime/cgroup/cgroup.h"
#include "runtime/client/shim_client.h"

namespace rundlet::runtime {

std::vector<int> cgroup_processes(const std::string& cgroups_path) {
  return Cgroup::open(cgroups_path)->processes();
}

bool kill_cgroup(const std::string& cgroups_path, int timeout_ms) {
  return Cgroup::open(cgroups_path)->kill(timeout_ms);
}

void remove_cgroup(const std::string& cgroups_path) {
  Cgroup::open(cgroups_path)->remove();
}

}  // namespace rundlet::runtime
