// Extended attributes by descriptor (O_PATH will do), of anything but a symlink; overlayfs' own are left out.
#pragma once

#include <map>
#include <string>

namespace rundlet::builder::ops {

using Xattrs = std::map<std::string, std::string>;

Xattrs xattrs_of(int fd);
// Those that the target's file system has no place for are left out.
void set_xattrs(int fd, const Xattrs& xattrs);

}  // namespace rundlet::builder::ops
