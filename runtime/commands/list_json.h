// The JSON forms that `list` and `ps` print, as runc's.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"

namespace rundlet::runtime {

struct ListedContainer {
  std::string oci_version, id;
  int pid = 0;
  std::string status, bundle, rootfs;
  TimePoint created;
  std::string owner;
};
std::string to_json(const std::vector<ListedContainer>& containers);
std::string to_json(const std::vector<int>& pids);

}  // namespace rundlet::runtime
