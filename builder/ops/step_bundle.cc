#include "builder/ops/step_bundle.h"

#include <dirent.h>
#include <sys/stat.h>

#include <memory>
#include <vector>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/client/shim_client.h"

namespace rundlet::builder::ops {
namespace {

constexpr int kKillTimeout = 10'000;  // milliseconds

void clear_cgroup(const std::string& cgroup) {
  if (!runtime::kill_cgroup(cgroup, kKillTimeout))
    log::warn("build step's cgroup {} does not get empty", cgroup);
  runtime::remove_cgroup(cgroup);
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) return names;
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace

StepBundle::StepBundle(const std::string& exec_root, const std::string& cgroup_parent) : id_(random_hex(32)) {
  path_ = exec_root + "/" + id_;
  cgroup_ = cgroup_parent + "/" + id_;
  fs::make_directories(path_, 0700);
  crash_point("build.after_bundle");
}

StepBundle::~StepBundle() {
  try {
    clear_cgroup(cgroup_);
    fs::remove_tree(path_);
  } catch (const std::exception& e) {  // recover_bundles removes it at the next start
    log::error("build step {} cannot be cleaned up: {}", id_, e.what());
  }
}

std::string StepBundle::make(const std::string& name) const {
  std::string path = path_ + "/" + name;
  fs::make_directories(path, 0755);
  return path;
}

std::string StepBundle::write(const std::string& name, const std::string& content, unsigned mode) const {
  std::string path = path_ + "/" + name;
  write_file(path, content);
  if (::chmod(path.c_str(), mode) != 0) throw_errno("chmod " + path);
  return path;
}

void recover_bundles(const std::string& exec_root, const std::string& cgroup_parent) {
  for (const std::string& name : names_in(exec_root)) {
    clear_cgroup(cgroup_parent + "/" + name);
    fs::remove_tree(exec_root + "/" + name);
  }
}

}  // namespace rundlet::builder::ops
