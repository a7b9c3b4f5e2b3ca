// Durable files. Order: write temporary, fsync it, rename over the name, fsync the directory.
#pragma once

#include <string>
#include <string_view>

namespace rundlet::fs {

// Replaces (or creates) the file at path; after a crash it holds either the old or the new content, whole.
void write_file_atomic(const std::string& path, std::string_view data, unsigned mode = 0644);
void fsync_directory(const std::string& path);
// mkdir -p; existing directories keep their mode.
void make_directories(const std::string& path, unsigned mode = 0755);

}  // namespace rundlet::fs
