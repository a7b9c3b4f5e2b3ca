// Resource limits as cgroup v1 files (kernel: Documentation/admin-guide/cgroup-v1).
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "runtime/cgroup/cgroup_files.h"
#include "runtime/cgroup/cgroup_v1.h"
#include "runtime/cgroup/device_rules.h"

namespace rundlet::runtime {
namespace {

std::string number_or_max(int64_t value) {
  return value < 0 ? "-1" : std::to_string(value);
}

// memory may not exceed memory+swap at any moment, so the order depends on which way it goes.
void set_memory_and_swap(const std::string& directory, std::optional<int64_t> limit,
                         const std::optional<int64_t>& swap) {
  constexpr char kLimit[] = "memory.limit_in_bytes", kSwap[] = "memory.memsw.limit_in_bytes";
  // Without swap accounting the kernel has no such file; docker warns and goes on.
  bool accounted = ::access((directory + "/" + kSwap).c_str(), F_OK) == 0;
  std::string total = accounted && swap ? number_or_max(*swap) : "";
  int64_t current = limit ? std::stoll(read_line(directory + "/" + kLimit)) : 0;
  bool grows = limit && (*limit < 0 || *limit > current);
  if (!total.empty() && grows) write_limit(directory, kSwap, total);
  if (limit) write_limit(directory, kLimit, number_or_max(*limit));
  if (!total.empty() && !grows) write_limit(directory, kSwap, total);
}

std::string device_number(const std::optional<int64_t>& number) {
  return number && *number >= 0 ? std::to_string(*number) : "*";
}

std::string device_rule(const spec::OciDeviceRule& rule) {
  std::string type = rule.type.empty() ? "a" : rule.type;
  std::string access = rule.access.empty() ? "rwm" : rule.access;
  if (type == "a" && !rule.major && !rule.minor && access.size() == 3) return "a";
  return type + " " + device_number(rule.major) + ":" + device_number(rule.minor) + " " + access;
}

void write_rates(const std::string& directory, const char* file,
                 const std::vector<spec::OciThrottleDevice>& rates) {
  for (const spec::OciThrottleDevice& rate : rates)
    write_limit(
        directory, file,
        std::to_string(rate.major) + ":" + std::to_string(rate.minor) + " " + std::to_string(rate.rate));
}

}  // namespace

void CgroupV1::apply_memory(const spec::OciMemory& memory) const {
  if (!memory.limit && !memory.swap && !memory.reservation && !memory.swappiness &&
      !memory.disable_oom_killer)
    return;
  std::string where = required("memory");
  set_memory_and_swap(where, memory.limit, memory.swap);
  if (memory.reservation)
    write_limit(where, "memory.soft_limit_in_bytes", number_or_max(*memory.reservation));
  if (memory.swappiness) write_limit(where, "memory.swappiness", std::to_string(*memory.swappiness));
  if (memory.disable_oom_killer)
    write_limit(where, "memory.oom_control", *memory.disable_oom_killer ? "1" : "0");
}

void CgroupV1::apply_cpu(const spec::OciCpu& cpu) const {
  bool any = cpu.shares || cpu.quota || cpu.period || cpu.realtime_runtime || cpu.realtime_period;
  if (!any) return;
  std::string where = required("cpu");
  if (cpu.shares && *cpu.shares != 0) write_limit(where, "cpu.shares", std::to_string(*cpu.shares));
  if (cpu.period && *cpu.period != 0) write_limit(where, "cpu.cfs_period_us", std::to_string(*cpu.period));
  if (cpu.quota && *cpu.quota != 0) write_limit(where, "cpu.cfs_quota_us", std::to_string(*cpu.quota));
  if (cpu.realtime_period && *cpu.realtime_period != 0)
    write_limit(where, "cpu.rt_period_us", std::to_string(*cpu.realtime_period));
  if (cpu.realtime_runtime && *cpu.realtime_runtime != 0)
    write_limit(where, "cpu.rt_runtime_us", std::to_string(*cpu.realtime_runtime));
}

void CgroupV1::apply_cpuset(const spec::OciCpu& cpu) const {
  if (cpu.cpus.empty() && cpu.mems.empty()) return;
  std::string where = required("cpuset");
  if (!cpu.cpus.empty()) write_limit(where, "cpuset.cpus", cpu.cpus);
  if (!cpu.mems.empty()) write_limit(where, "cpuset.mems", cpu.mems);
}

void CgroupV1::apply_block_io(const spec::OciBlockIo& block_io) const {
  std::string where = required("blkio");
  std::string weight_file =
      ::access((where + "/blkio.weight").c_str(), F_OK) == 0 ? "blkio.weight" : "blkio.bfq.weight";
  if (block_io.weight != 0) write_limit(where, weight_file, std::to_string(block_io.weight));
  for (const spec::OciWeightDevice& device : block_io.weight_device)
    write_limit(where, weight_file + "_device",
                std::to_string(device.major) + ":" + std::to_string(device.minor) + " " +
                    std::to_string(device.weight));
  write_rates(where, "blkio.throttle.read_bps_device", block_io.read_bps);
  write_rates(where, "blkio.throttle.write_bps_device", block_io.write_bps);
  write_rates(where, "blkio.throttle.read_iops_device", block_io.read_iops);
  write_rates(where, "blkio.throttle.write_iops_device", block_io.write_iops);
}

void CgroupV1::apply_devices(const std::vector<spec::OciDeviceRule>& rules) const {
  if (rules.empty()) return;
  std::string where = required("devices");
  for (const spec::OciDeviceRule& rule : complete_device_rules(rules))
    write_limit(where, rule.allow ? "devices.allow" : "devices.deny", device_rule(rule));
}

void CgroupV1::apply(const spec::OciResources& resources) {
  if (!resources.unified.empty())
    throw_invalid("resources.unified needs cgroup v2, this machine has v1: " +
                  resources.unified.begin()->first);
  if (resources.memory) apply_memory(*resources.memory);
  if (resources.cpu) {
    apply_cpu(*resources.cpu);
    apply_cpuset(*resources.cpu);
  }
  if (resources.pids && resources.pids->limit != 0)
    write_limit(required("pids"), "pids.max",
                resources.pids->limit < 0 ? "max" : std::to_string(resources.pids->limit));
  if (resources.block_io) apply_block_io(*resources.block_io);
  apply_devices(resources.devices);
}

}  // namespace rundlet::runtime
