// Extended attributes of the files in layers, and the ones by which overlayfs itself speaks.
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>

namespace rundlet::image_store {

using Xattrs = std::map<std::string, std::string>;

// A character device 0/0 hides the name in the layers below (Documentation/filesystems/overlayfs.rst).
bool is_whiteout(const struct stat& st);
// The name of an entry of an open directory for the calls below, which follow no symlink in the last
// component.
std::string path_at(int directory, const std::string& name = ".");
void set_opaque(const std::string& path);
bool is_opaque(const std::string& path);
// Throws invalid_argument for names under trusted.overlay.: an archive must not speak to overlayfs.
void write_xattrs(const std::string& path, const Xattrs& xattrs);
// All of them; empty where the file system has none.
Xattrs read_xattrs(const std::string& path);
bool is_overlay_xattr(const std::string& name);

}  // namespace rundlet::image_store
