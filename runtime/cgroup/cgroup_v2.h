// A container's cgroup in the unified hierarchy.
#pragma once

#include "runtime/cgroup/cgroup.h"

namespace rundlet::runtime {

class CgroupV2 : public Cgroup {
 public:
  CgroupV2(std::string root, std::string path);

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
  void apply_memory(const spec::OciMemory& memory) const;
  void apply_cpu(const spec::OciCpu& cpu) const;
  void apply_block_io(const spec::OciBlockIo& block_io) const;
  void write(const std::string& file, const std::string& value) const;

  std::string root_, path_, directory_;
};

}  // namespace rundlet::runtime
