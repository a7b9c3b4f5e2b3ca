// rundlet-shim BUNDLE: holds one container. Descriptors as shim/protocol.h says.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "base/error.h"
#include "base/unix_socket.h"
#include "runtime/shim/container_shim.h"

namespace {

using namespace rundlet;
using namespace rundlet::runtime;

void prepare_process() {
  // The daemon's terminal and service manager are not ours: a container ends when it is told to, not with
  // them.
  for (int number : {SIGPIPE, SIGHUP, SIGINT, SIGTERM}) ::signal(number, SIG_IGN);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) throw_errno("become a child subreaper");
  // Children are born into the container's pid namespace with copies of all our descriptors: nobody in there
  // may look at them before they are closed.
  if (::prctl(PR_SET_DUMPABLE, 0) < 0) throw_errno("prctl PR_SET_DUMPABLE");
  ::prctl(PR_SET_NAME, "rundlet-shim");
  // Message buffers go back to the system at once.
  ::mallopt(M_MMAP_THRESHOLD, 32 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 32 * 1024);
  ::mallopt(M_TOP_PAD, 0);
}

// Descriptors arrive without CLOEXEC, since they crossed an exec.
Fd inherited(int number) {
  if (::fcntl(number, F_SETFD, FD_CLOEXEC) < 0) throw_errno("inherited descriptor " + std::to_string(number));
  return Fd(number);
}

std::vector<Fd> take_attachments(const ShimFile& file) {
  std::vector<Fd> sockets;
  for (size_t i = 0; i < file.attachments.size(); ++i)
    sockets.push_back(inherited(kFirstAttachFd + static_cast<int>(i)));
  return sockets;
}

// The daemon is not to be our parent: it would have to reap us, and some other daemon may come after it.
void leave_parent() {
  pid_t pid = ::fork();
  if (pid < 0) throw_errno("fork");
  if (pid > 0) ::_exit(0);
}

void run(const std::string& bundle) {
  Fd listener = inherited(kListenFd), events = inherited(kEventsFd);
  try {
    leave_parent();
    prepare_process();
    ShimFile file = parse_shim_file(read_file(bundle + kShimName));
    spec::OciConfig config = spec::parse_oci_config(read_file(bundle + kConfigName));
    bool terminal = config.process && config.process->terminal;
    std::vector<Fd> attachments = take_attachments(file);
    ContainerShim shim(std::move(file), terminal, std::move(listener), events.duplicate(),
                       std::move(attachments));
    events.reset();
    shim.run(std::move(config));
  } catch (const Error& error) {
    if (!events) throw;
    Note note;
    note.kind = "failed";
    note.failure = to_failure(error);
    send_message(events.get(), to_json(note));
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: rundlet-shim BUNDLE (started by rundletd, not by hand)\n");
    return 2;
  }
  try {
    run(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rundlet-shim: %s\n", error.what());
    return 1;
  }
}
