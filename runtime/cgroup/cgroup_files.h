// What both cgroup versions share: directories, process lists, waiting.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace rundlet::runtime {

void make_cgroup_directory(const std::string& directory);
// Adds the processes of `directory` and of all below it.
void collect_processes(const std::string& directory, std::vector<pid_t>& pids);
// A directory of the unified hierarchy for CLONE_INTO_CGROUP: `path`, or where the process `beside` is.
Fd open_unified(const std::string& root, const std::string& path, pid_t beside);
// Bottom up; conflict when one is busy for longer than a moment.
void remove_cgroup_directory(const std::string& directory);
// Polls until the condition holds; false after the timeout.
bool wait_until(const std::function<bool()>& condition, int timeout_ms);
// Value of a key in a "key value" file, -1 when the file or the key is not there.
int64_t read_key(const std::string& file, const std::string& key);
// Writes one limit; unimplemented, naming the limit, when the kernel has no such file.
void write_limit(const std::string& directory, const std::string& file, const std::string& value);
std::string read_line(const std::string& file);

}  // namespace rundlet::runtime
