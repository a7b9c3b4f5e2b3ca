// What rundlet-oci keeps of a container between its commands: ROOT/ID/state.json, and ROOT/ID/start.sock
// while the first process waits for `start`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace rundlet::runtime {

struct Record {
  std::string oci_version, id, bundle, rootfs;
  int pid = 0;              // 0: still being created
  uint64_t start_time = 0;  // base/proc/pidfd.h
  std::string boot_id;
  TimePoint created;
  std::string cgroups_path;
  bool own_pid_namespace = false;
  int exec_namespaces = 0;     // CLONE_NEW* that an exec enters
  uint64_t runtime_inode = 0;  // of the rundlet-oci that the first process is until `start`
  std::map<std::string, std::string> annotations;
};

std::string to_json(const Record& record);
Record parse_record(std::string_view text);

enum class Status { creating, created, running, paused, stopped };
std::string to_string(Status status);
// From the kernel, not from memory: nothing is told when a process ends.
Status status_of(const Record& record);

class RecordStore {
 public:
  explicit RecordStore(std::string root) : root_(std::move(root)) {}
  std::string directory(const std::string& id) const;
  // Throws already_exists.
  void add(const Record& record) const;
  void save(const Record& record) const;
  // Throws not_found.
  Record load(const std::string& id) const;
  std::vector<Record> list() const;
  void remove(const std::string& id) const;

 private:
  std::string root_;
};

}  // namespace rundlet::runtime
