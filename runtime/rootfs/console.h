// The terminal of a container: a pty of its own devpts (OCI config.md, process.terminal).
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/fs/rooted_path.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

struct Console {
  Fd master, slave;
};
// From /dev/pts/ptmx below the root, so that its name in the container is right.
Console open_console(const fs::RootedPath& root, const std::optional<spec::OciConsoleSize>& size);
// Binds the slave to /dev/console.
void bind_console(const fs::RootedPath& root, const Console& console);
void set_console_size(int terminal, uint32_t height, uint32_t width);
// In the child, a session leader: the slave becomes stdin, stdout, stderr and the controlling terminal.
void adopt_console(const Fd& slave);

}  // namespace rundlet::runtime
