// The directory of a running step under exec-root: EXEC_ROOT/ID holds what its shim needs, and, by its name,
// says after a crash which cgroup to clear.
#pragma once

#include <string>

namespace rundlet::builder::ops {

class StepBundle {
 public:
  StepBundle(const std::string& exec_root, const std::string& cgroup_parent);
  // Ends what is left of the step and removes the directory.
  ~StepBundle();
  StepBundle(const StepBundle&) = delete;

  const std::string& id() const { return id_; }
  const std::string& path() const { return path_; }
  const std::string& cgroup() const { return cgroup_; }
  // Makes a subdirectory and returns its path.
  std::string make(const std::string& name) const;
  // Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& content, unsigned mode = 0644) const;

 private:
  std::string id_, path_, cgroup_;
};

// What steps of an earlier daemon left under exec_root.
void recover_bundles(const std::string& exec_root, const std::string& cgroup_parent);

}  // namespace rundlet::builder::ops
