#include "cli/attached.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

struct AttachFlags {
  std::string detach_keys;
  bool no_stdin = false, sig_proxy = true;
};

void check_state(const spec::docker_api::ContainerState& state) {
  if (!state.running) throw_invalid("cannot attach to a stopped container, start it first");
  if (state.paused) throw_invalid("cannot attach to a paused container, unpause it first");
  if (state.restarting) throw_invalid("cannot attach to a restarting container, wait until it is running");
}

int run(Session& session, const Invocation& call) {
  AttachFlags options;
  FlagSet flags = call.flags();
  flags.text(options.detach_keys, 0, "detach-keys", "Override the key sequence for detaching a container");
  flags.toggle(options.no_stdin, 0, "no-stdin", "Do not attach STDIN");
  flags.toggle(options.sig_proxy, 0, "sig-proxy", "Proxy all received signals to the process");
  auto args = flags.parse(call.args, 1, 1);
  auto& engine = session.engine();
  auto container = engine.inspect_container(args[0]);
  check_state(container.state);
  bool attach_stdin = !options.no_stdin && container.config.open_stdin;
  check_terminal(attach_stdin, container.config.tty);
  SignalListener signals(options.sig_proxy && !container.config.tty ? SignalListener::Which::all
                                                                    : SignalListener::Which::resize);
  ExitWatch exit(engine, container.id, "");
  orchestrate::AttachOptions attach;
  attach.attach_stdin = attach_stdin;
  attach.detach_keys = options.detach_keys;
  auto stream = engine.attach(container.id, attach);
  AttachedOptions attached{container.id,      container.config.tty, attach_stdin,
                           options.sig_proxy, options.detach_keys,  true};
  auto end = stay_attached(engine, attached, std::move(stream), exit, signals);
  if (end.detached) throw ExitError("read escape sequence", 1);
  return end.exit_code;
}

}  // namespace

const Command kAttach{"attach",
                      "container",
                      "attach",
                      "[OPTIONS] CONTAINER",
                      "Attach local standard input, output, and error streams to a running container",
                      run};

}  // namespace rundlet::cli
