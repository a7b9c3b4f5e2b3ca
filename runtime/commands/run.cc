#include <sys/prctl.h>

#include <memory>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/proc/pidfd.h"
#include "runtime/commands/commands.h"
#include "runtime/commands/foreground.h"
#include "runtime/commands/terminal.h"
#include "runtime/rootfs/console_socket.h"

namespace rundlet::runtime {

int run(const GlobalOptions& global, const CreateOptions& options) {
  if (options.detach) {
    create(global, options);
    return start(global, options.id);
  }
  CreateOptions created = options;
  bool terminal = read_config(options.bundle).process.value_or(spec::OciProcess{}).terminal;
  std::unique_ptr<ConsoleReceiver> receiver;
  if (terminal && options.console_socket.empty()) {
    fs::make_directories(global.root, 0700);
    receiver = std::make_unique<ConsoleReceiver>(global.root);
    created.console_socket = receiver->path();
  }
  create(global, created);
  RecordStore store(global.root);
  Record record = store.load(options.id);
  auto pidfd = proc::open_pidfd(record.pid);
  if (!pidfd) throw_error(ErrorCode::internal, "the container has gone before it was started");
  Fd master;
  if (receiver) master = receiver->receive();
  int status = 0;
  try {
    start(global, options.id);
    if (receiver) relay_terminal(master, *pidfd);
    status = wait_in_foreground(record.pid, *pidfd);
  } catch (const Error&) {
    destroy(store, record);
    throw;
  }
  if (!options.keep) delete_container(global, {options.id, true});
  return status;
}

}  // namespace rundlet::runtime
