#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unix_socket.h"
#include "runtime/commands/commands.h"
#include "runtime/init/channel.h"
#include "runtime/init/hooks.h"

namespace rundlet::runtime {
namespace {

spec::OciState state_of(const Record& record) {
  spec::OciState state;
  state.oci_version = record.oci_version;
  state.id = record.id;
  state.pid = record.pid;
  state.bundle = record.bundle;
  state.annotations = record.annotations;
  return state;
}

}  // namespace

int start(const GlobalOptions& global, const std::string& id) {
  RecordStore store(global.root);
  Record record = store.load(id);
  Status status = status_of(record);
  if (status == Status::stopped)
    throw_error(ErrorCode::failed_precondition, "cannot start a container that has stopped");
  if (status != Status::created)
    throw_error(ErrorCode::failed_precondition,
                "cannot start an already " + to_string(status) + " container");
  std::string socket = store.directory(id) + "/start.sock";
  Channel channel(connect_unix(socket, SOCK_SEQPACKET));
  channel.send(MessageType::start);
  std::optional<InitMessage> answer = channel.receive();
  if (answer) throw Error(answer->code, answer->text, answer->errno_value);
  ::unlink(socket.c_str());
  run_hooks(read_config(record.bundle).hooks.poststart, state_of(record), "running");
  return 0;
}

}  // namespace rundlet::runtime
