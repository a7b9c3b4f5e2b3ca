#include <unistd.h>

#include "base/error.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/commands/commands.h"

namespace rundlet::runtime {
namespace {

// The file holds an OCI "resources" object; the codec knows whole configurations.
spec::OciResources read_resources(const std::string& file) {
  std::string text = file == "-" ? read_all(STDIN_FILENO) : read_file(file);
  spec::OciConfig config = spec::parse_oci_config("{\"linux\":{\"resources\":" + text + "}}");
  return config.linux_.resources.value_or(spec::OciResources{});
}

spec::OciResources resources_of(const UpdateOptions& options) {
  if (!options.resources_file.empty()) return read_resources(options.resources_file);
  spec::OciResources resources;
  resources.memory = options.memory;
  resources.cpu = options.cpu;
  if (options.pids_limit) resources.pids = spec::OciPids{*options.pids_limit};
  if (options.block_io_weight != 0) {
    resources.block_io.emplace();
    resources.block_io->weight = options.block_io_weight;
  }
  return resources;
}

}  // namespace

int update(const GlobalOptions& global, const UpdateOptions& options) {
  Record record = load_running(RecordStore(global.root), options.id, "update");
  Cgroup::open(record.cgroups_path)->apply(resources_of(options));
  return 0;
}

}  // namespace rundlet::runtime
