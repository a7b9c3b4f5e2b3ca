#include "runtime/cgroup/cgroup_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {
namespace {

constexpr int kBusyTimeoutMs = 2000;

std::vector<std::string> child_directories(const std::string& directory) {
  std::vector<std::string> children;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) {
    if (errno == ENOENT) return children;
    throw_errno("open " + directory);
  }
  while (const dirent* entry = ::readdir(stream.get())) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
      children.push_back(directory + "/" + entry->d_name);
  }
  return children;
}

// A file that vanished with its cgroup reads as empty.
std::string read_if_there(const std::string& file) {
  try {
    return read_file(file);
  } catch (const Error& error) {
    if (error.errno_value() == ENOENT || error.errno_value() == ENODEV) return "";
    throw;
  }
}

void pause_millis(long millis) {
  timespec duration = {0, millis * 1000000};
  ::nanosleep(&duration, nullptr);
}

}  // namespace

void make_cgroup_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0755) == 0 || errno == EEXIST) return;
  if (errno != ENOENT) throw_errno("mkdir " + directory);
  make_cgroup_directory(directory.substr(0, directory.rfind('/')));
  if (::mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST) throw_errno("mkdir " + directory);
}

void collect_processes(const std::string& directory, std::vector<pid_t>& pids) {
  std::istringstream list(read_if_there(directory + "/cgroup.procs"));
  pid_t pid;
  while (list >> pid)
    if (pid > 0) pids.push_back(pid);  // 0: in a pid namespace that we do not see
  for (const std::string& child : child_directories(directory)) collect_processes(child, pids);
}

Fd open_unified(const std::string& root, const std::string& path, pid_t beside) {
  std::string inside = path;
  if (beside > 0) {
    std::istringstream lines(read_file("/proc/" + std::to_string(beside) + "/cgroup"));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("0::")) inside = line.substr(3);
  }
  return open_file(root + inside, O_RDONLY | O_DIRECTORY);
}

void remove_cgroup_directory(const std::string& directory) {
  if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return;
  for (const std::string& child : child_directories(directory)) remove_cgroup_directory(child);
  int error = 0;
  auto removed = [&] {
    if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return true;
    error = errno;
    if (error != EBUSY) throw_errno("rmdir " + directory);
    return false;
  };
  if (!wait_until(removed, kBusyTimeoutMs))
    throw Error(ErrorCode::conflict, "cgroup " + directory + " is busy", error);
}

bool wait_until(const std::function<bool()>& condition, int timeout_ms) {
  int64_t deadline = steady_millis() + timeout_ms;
  for (long pause = 1; !condition(); pause = pause < 32 ? pause * 2 : pause) {
    if (steady_millis() >= deadline) return false;
    pause_millis(pause);
  }
  return true;
}

int64_t read_key(const std::string& file, const std::string& key) {
  std::istringstream words(read_if_there(file));
  std::string name;
  int64_t value;
  while (words >> name >> value)
    if (name == key) return value;
  return -1;
}

void write_limit(const std::string& directory, const std::string& file, const std::string& value) {
  std::string path = directory + "/" + file;
  if (::access(path.c_str(), F_OK) < 0)
    throw_error(ErrorCode::unimplemented, "the kernel has no cgroup file " + file + " for this limit");
  write_file(path, value);
}

std::string read_line(const std::string& file) {
  std::string text = read_if_there(file);
  return text.substr(0, text.find('\n'));
}

}  // namespace rundlet::runtime
