#include "runtime/commands/record.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/error.h"
#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/proc/pidfd.h"
#include "runtime/cgroup/cgroup.h"

namespace rundlet::runtime {
namespace {

void check_id(const std::string& id) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '.';
  };
  if (id.empty() || id == "." || id == ".." || !std::all_of(id.begin(), id.end(), allowed))
    throw_invalid("invalid container id \"" + id + "\"");
}

// Also of a zombie, which is as dead as one that was reaped.
bool process_alive(const Record& record) {
  if (record.boot_id != proc::boot_id() || proc::start_time(record.pid) != record.start_time) return false;
  try {
    std::string stat = read_file("/proc/" + std::to_string(record.pid) + "/stat");
    char state = stat.at(stat.rfind(')') + 2);
    return state != 'Z' && state != 'X';
  } catch (const Error& error) {
    if (error.errno_value() == ENOENT || error.errno_value() == ESRCH) return false;
    throw;
  }
}

bool waits_for_start(const Record& record) {
  struct stat status;
  std::string executable = "/proc/" + std::to_string(record.pid) + "/exe";
  return ::stat(executable.c_str(), &status) == 0 && status.st_ino == record.runtime_inode;
}

}  // namespace

std::string to_string(Status status) {
  switch (status) {
    case Status::creating:
      return "creating";
    case Status::created:
      return "created";
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::stopped:
      return "stopped";
  }
  return "stopped";
}

Status status_of(const Record& record) {
  if (record.pid == 0) return Status::creating;
  if (!process_alive(record)) return Status::stopped;
  if (Cgroup::open(record.cgroups_path)->frozen()) return Status::paused;
  return waits_for_start(record) ? Status::created : Status::running;
}

std::string RecordStore::directory(const std::string& id) const {
  check_id(id);
  return root_ + "/" + id;
}

void RecordStore::add(const Record& record) const {
  std::string path = directory(record.id);
  fs::make_directories(root_, 0700);
  if (::mkdir(path.c_str(), 0711) < 0) {
    if (errno == EEXIST) throw_error(ErrorCode::already_exists, "container with id exists: " + record.id);
    throw_errno("mkdir " + path);
  }
  save(record);
}

void RecordStore::save(const Record& record) const {
  fs::write_file_atomic(directory(record.id) + "/state.json", to_json(record), 0600);
}

Record RecordStore::load(const std::string& id) const {
  try {
    return parse_record(read_file(directory(id) + "/state.json"));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) throw_not_found("container does not exist: " + id);
    throw;
  }
}

std::vector<Record> RecordStore::list() const {
  std::vector<Record> records;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(root_.c_str()), ::closedir);
  if (!stream && errno == ENOENT) return records;
  if (!stream) throw_errno("open " + root_);
  while (const dirent* entry = ::readdir(stream.get())) {
    if (entry->d_name[0] == '.') continue;
    try {
      records.push_back(load(entry->d_name));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;  // it is being made, or removed
    }
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.created < b.created; });
  return records;
}

void RecordStore::remove(const std::string& id) const {
  fs::remove_tree(directory(id));
}

}  // namespace rundlet::runtime
