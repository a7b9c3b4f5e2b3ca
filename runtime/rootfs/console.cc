#include "runtime/rootfs/console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/rootfs/mounts.h"

namespace rundlet::runtime {
namespace {

constexpr long kDevptsMagic = 0x1cd1;

// An image could hold any file by this name where no devpts is mounted.
void check_devpts(const Fd& master) {
  struct statfs status;
  if (::fstatfs(master.get(), &status) < 0) throw_errno("statfs /dev/pts/ptmx");
  if (status.f_type != kDevptsMagic) throw_invalid("a terminal needs a devpts mount at /dev/pts");
}

}  // namespace

Console open_console(const fs::RootedPath& root, const std::optional<spec::OciConsoleSize>& size) {
  Console console;
  console.master = root.open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  check_devpts(console.master);
  int unlock = 0;
  if (::ioctl(console.master.get(), TIOCSPTLCK, &unlock) < 0) throw_errno("unlock the terminal");
  console.slave = Fd(::ioctl(console.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!console.slave) throw_errno("open the terminal's slave");
  if (size) set_console_size(console.master.get(), size->height, size->width);
  return console;
}

void bind_console(const fs::RootedPath& root, const Console& console) {
  Fd tree = clone_mount(console.slave.get(), "", false);
  attach_mount(tree, open_mount_point(root, "/dev/console", false), "/dev/console");
}

void set_console_size(int terminal, uint32_t height, uint32_t width) {
  winsize size = {static_cast<unsigned short>(height), static_cast<unsigned short>(width), 0, 0};
  if (::ioctl(terminal, TIOCSWINSZ, &size) < 0) throw_errno("resize the terminal");
}

void adopt_console(const Fd& slave) {
  if (::ioctl(slave.get(), TIOCSCTTY, 0) < 0) throw_errno("make the terminal the controlling one");
  for (int number = 0; number <= 2; ++number)
    if (::dup2(slave.get(), number) < 0) throw_errno("dup2 the terminal");
}

}  // namespace rundlet::runtime
