// Resource limits as cgroup v2 files (kernel: Documentation/admin-guide/cgroup-v2.rst).
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "runtime/cgroup/cgroup_files.h"
#include "runtime/cgroup/cgroup_v2.h"
#include "runtime/cgroup/device_filter.h"
#include "runtime/cgroup/device_rules.h"

namespace rundlet::runtime {
namespace {

std::string number_or_max(int64_t value) {
  return value < 0 ? "max" : std::to_string(value);
}

// OCI gives memory + swap, v2 wants swap alone. memory_max: the memory limit in force.
std::string swap_alone(int64_t memory_and_swap, const std::string& memory_max) {
  if (memory_and_swap < 0) return "max";
  if (memory_max == "max" || memory_max.empty())
    throw_invalid("memory.swap is memory plus swap and needs a memory limit on cgroup v2");
  int64_t swap = memory_and_swap - std::stoll(memory_max);
  if (swap < 0) throw_invalid("memory plus swap must not be smaller than memory");
  return std::to_string(swap);
}

// What is not given is kept: the kernel keeps a period that is not written, a quota is the first word of
// `present`.
std::string cpu_max(const spec::OciCpu& cpu, const std::string& present) {
  std::string quota = present.substr(0, present.find(' '));
  if (cpu.quota) quota = *cpu.quota > 0 ? std::to_string(*cpu.quota) : "max";
  return cpu.period.value_or(0) != 0 ? quota + " " + std::to_string(*cpu.period) : quota;
}

// Shares 2…262144 onto weight 1…10000, as every runtime does it.
uint64_t weight_of_shares(uint64_t shares) {
  shares = std::clamp<uint64_t>(shares, 2, 262144);
  return 1 + (shares - 2) * 9999 / 262142;
}

// blkio weight 10…1000 onto io.weight 1…10000.
uint64_t weight_of_block_io(uint64_t weight) {
  return 1 + (weight - 10) * 9999 / 990;
}

std::string rate_line(const spec::OciThrottleDevice& rate, const char* key) {
  return std::to_string(rate.major) + ":" + std::to_string(rate.minor) + " " + key + "=" +
         std::to_string(rate.rate);
}

}  // namespace

void CgroupV2::write(const std::string& file, const std::string& value) const {
  write_limit(directory_, file, value);
}

void CgroupV2::apply_memory(const spec::OciMemory& memory) const {
  if (memory.disable_oom_killer.value_or(false))
    throw_error(ErrorCode::unimplemented, "cgroup v2 cannot disable the OOM killer");
  if (memory.swappiness) throw_error(ErrorCode::unimplemented, "cgroup v2 has no memory swappiness");
  if (memory.limit) write("memory.max", number_or_max(*memory.limit));
  bool accounted =
      ::access((directory_ + "/memory.swap.max").c_str(), F_OK) == 0;  // docker warns and goes on
  if (memory.swap && accounted)
    write("memory.swap.max", swap_alone(*memory.swap, read_line(directory_ + "/memory.max")));
  if (memory.reservation) write("memory.low", number_or_max(*memory.reservation));
}

void CgroupV2::apply_cpu(const spec::OciCpu& cpu) const {
  if (cpu.realtime_period.value_or(0) != 0 || cpu.realtime_runtime.value_or(0) != 0)
    throw_error(ErrorCode::unimplemented, "cgroup v2 has no realtime cpu limits");
  if (cpu.shares && *cpu.shares != 0) write("cpu.weight", std::to_string(weight_of_shares(*cpu.shares)));
  if (cpu.quota || cpu.period) write("cpu.max", cpu_max(cpu, read_line(directory_ + "/cpu.max")));
  if (!cpu.cpus.empty()) write("cpuset.cpus", cpu.cpus);
  if (!cpu.mems.empty()) write("cpuset.mems", cpu.mems);
}

void CgroupV2::apply_block_io(const spec::OciBlockIo& block_io) const {
  bool bfq = ::access((directory_ + "/io.bfq.weight").c_str(), F_OK) == 0;
  auto scaled = [bfq](uint16_t weight) { return std::to_string(bfq ? weight : weight_of_block_io(weight)); };
  std::string file = bfq ? "io.bfq.weight" : "io.weight";
  if (block_io.weight != 0) write(file, scaled(block_io.weight));
  for (const spec::OciWeightDevice& one : block_io.weight_device)
    write(file, std::to_string(one.major) + ":" + std::to_string(one.minor) + " " + scaled(one.weight));
  for (const auto& rate : block_io.read_bps) write("io.max", rate_line(rate, "rbps"));
  for (const auto& rate : block_io.write_bps) write("io.max", rate_line(rate, "wbps"));
  for (const auto& rate : block_io.read_iops) write("io.max", rate_line(rate, "riops"));
  for (const auto& rate : block_io.write_iops) write("io.max", rate_line(rate, "wiops"));
}

void CgroupV2::apply(const spec::OciResources& resources) {
  if (resources.memory) apply_memory(*resources.memory);
  if (resources.cpu) apply_cpu(*resources.cpu);
  if (resources.pids && resources.pids->limit != 0) write("pids.max", number_or_max(resources.pids->limit));
  if (resources.block_io) apply_block_io(*resources.block_io);
  for (const auto& [file, value] : resources.unified) {
    if (file.find('/') != file.npos) throw_invalid("resources.unified: invalid file name " + file);
    write(file, value);
  }
  if (!resources.devices.empty())
    attach_device_filter(open_unified(root_, path_, 0), complete_device_rules(resources.devices));
}

}  // namespace rundlet::runtime
