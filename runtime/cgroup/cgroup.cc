#include "runtime/cgroup/cgroup.h"

#include <sys/vfs.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "runtime/cgroup/cgroup_v1.h"
#include "runtime/cgroup/cgroup_v2.h"

namespace rundlet::runtime {
namespace {

constexpr long kCgroup2Magic = 0x63677270;
constexpr char kUnifiedRoot[] = "/sys/fs/cgroup";

std::string checked_path(const std::string& path) {
  if (path.empty()) throw_invalid("the cgroup path is empty");
  if (std::count(path.begin(), path.end(), ':') == 2 && path.find('/') == path.npos)
    throw_error(ErrorCode::unimplemented, "systemd cgroups (" + path + ") are not supported, use cgroupfs");
  if (("/" + path + "/").find("/../") != path.npos) throw_invalid("invalid cgroup path " + path);
  std::string absolute = path.starts_with('/') ? path : "/" + path;
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  if (absolute == "/") throw_invalid("the root cgroup cannot be a container's");
  return absolute;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// Super block options that are controllers and not flags.
std::vector<std::string> controllers_in(const std::string& options) {
  std::vector<std::string> controllers;
  for (const std::string& word : split(options, ',')) {
    bool flag = word == "rw" || word == "ro" || word == "xattr" || word == "noprefix" ||
                word == "clone_children" || word.starts_with("release_agent=");
    if (!flag) controllers.push_back(word);
  }
  return controllers;
}

}  // namespace

int cgroup_version() {
  struct statfs status;
  if (::statfs(kUnifiedRoot, &status) < 0) throw_errno("statfs " + std::string(kUnifiedRoot));
  return status.f_type == kCgroup2Magic ? 2 : 1;
}

std::vector<CgroupHierarchy> mounted_hierarchies() {
  std::vector<CgroupHierarchy> found;
  for (const std::string& line : split(read_file("/proc/self/mountinfo"), '\n')) {
    std::vector<std::string> words = split(line, ' ');
    auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 5 || words.end() - dash < 4 || words[3] != "/") continue;
    if (!words[4].starts_with(kUnifiedRoot)) continue;
    if (dash[1] == "cgroup2") found.push_back({words[4], {}});
    if (dash[1] == "cgroup") found.push_back({words[4], controllers_in(dash[3])});
  }
  return found;
}

std::unique_ptr<Cgroup> Cgroup::open(const std::string& path) {
  std::string checked = checked_path(path);
  if (cgroup_version() == 2) return std::make_unique<CgroupV2>(kUnifiedRoot, checked);
  return std::make_unique<CgroupV1>(mounted_hierarchies(), checked);
}

}  // namespace rundlet::runtime
