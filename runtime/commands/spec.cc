#include <fcntl.h>

#include "base/fd.h"
#include "runtime/commands/commands.h"
#include "spec/oci_defaults.h"

namespace rundlet::runtime {

int spec_command(const SpecOptions& options) {
  spec::OciConfig config = spec::default_linux_config();
  config.hostname = "rundlet";
  config.root = {"rootfs", true};
  config.process->terminal = true;
  config.process->args = {"sh"};
  config.process->env = {spec::kDefaultPath, "TERM=xterm"};
  config.process->no_new_privileges = true;
  Fd file = open_file(options.bundle + "/config.json", O_WRONLY | O_CREAT | O_EXCL, 0666);
  write_all(file.get(), spec::to_json(config) + "\n");
  return 0;
}

}  // namespace rundlet::runtime
