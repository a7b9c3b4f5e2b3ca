// A container's cgroup in every mounted v1 hierarchy, and in the unified one of a hybrid machine.
#pragma once

#include <map>

#include "runtime/cgroup/cgroup.h"

namespace rundlet::runtime {

class CgroupV1 : public Cgroup {
 public:
  CgroupV1(std::vector<CgroupHierarchy> hierarchies, std::string path);

  void create() override;
  void apply(const spec::OciResources& resources) override;
  Entrance entrance(pid_t beside) const override;
  std::vector<pid_t> processes() const override;
  void freeze(bool frozen) override;
  bool frozen() const override;
  int64_t oom_kills() const override;
  Fd oom_notifier() const override;
  bool kill(int timeout_ms) override;
  void remove() override;
  std::vector<CgroupMount> mounts(bool own_namespace) const override;

 private:
  // The directory in the controller's hierarchy; empty when it is not mounted.
  std::string directory(const std::string& controller) const;
  std::string required(const std::string& controller) const;
  void inherit_cpuset(const CgroupHierarchy& hierarchy) const;
  void apply_memory(const spec::OciMemory& memory) const;
  void apply_cpu(const spec::OciCpu& cpu) const;
  void apply_cpuset(const spec::OciCpu& cpu) const;
  void apply_block_io(const spec::OciBlockIo& block_io) const;
  void apply_devices(const std::vector<spec::OciDeviceRule>& rules) const;

  std::vector<CgroupHierarchy> hierarchies_;
  std::string path_;
};

}  // namespace rundlet::runtime
