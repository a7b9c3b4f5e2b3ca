// A mount as data: snapshots give it, the runtime performs it (OCI runtime spec, config.md, Mounts).
#pragma once

#include <string>
#include <vector>

namespace rundlet::spec {

struct Mount {
  std::string destination;  // inside the container; empty for a root file system
  std::string type;         // "overlay", "bind", "tmpfs", "proc"
  std::string source;
  std::vector<std::string> options;  // mount(8) words: "ro", "rbind", "nosuid", "lowerdir=…"
  bool operator==(const Mount&) const = default;
};

}  // namespace rundlet::spec
