// mount(8) words of an OCI mount, sorted into what the kernel takes (OCI config.md, Linux mount options).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rundlet::runtime {

struct MountOptions {
  unsigned long flags = 0;  // MS_* for mount(2) of a new file system
  uint64_t attr_set = 0;    // MOUNT_ATTR_* of the mount itself
  uint64_t attr_clear = 0;
  uint64_t recursive_attr_set = 0;  // "rro", "rnosuid", …
  uint64_t recursive_attr_clear = 0;
  uint64_t propagation = 0;  // MS_PRIVATE, …; 0: as it comes
  bool recursive_propagation = false;
  bool bind = false, recursive = false;
  bool copy_up = false;  // "tmpcopyup": a tmpfs starts with what it covers
  std::string data;      // the rest, comma separated, for the file system
};

MountOptions parse_mount_options(const std::vector<std::string>& options);
// MS_* of "private", "rslave", …, with MS_REC for the r-forms; 0 when it is no such word.
unsigned long propagation_flag(const std::string& word);

}  // namespace rundlet::runtime
