#include <fmt/format.h>

#include <cstdio>

#include "cli/attached.h"
#include "cli/commands/commands.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

struct StartFlags {
  bool attach = false, interactive = false;
  std::string detach_keys;
};

int start_attached(Session& session, const std::string& name, const StartFlags& options) {
  auto& engine = session.engine();
  auto container = engine.inspect_container(name);
  bool attach_stdin = options.interactive && container.config.open_stdin;
  SignalListener signals(container.config.tty ? SignalListener::Which::resize : SignalListener::Which::all);
  orchestrate::AttachOptions attach;
  attach.attach_stdin = attach_stdin;
  attach.detach_keys = options.detach_keys;
  auto stream = engine.attach(container.id, attach);
  ExitWatch exit(engine, container.id, container.host_config.auto_remove ? "removed" : "next-exit");
  engine.start_container(container.id);
  AttachedOptions attached{container.id, container.config.tty, attach_stdin, !container.config.tty,
                           options.detach_keys};
  return stay_attached(engine, attached, std::move(stream), exit, signals).exit_code;
}

int start_all(Session& session, const std::vector<std::string>& names) {
  std::vector<std::string> failed;
  for (const std::string& name : names) {
    try {
      session.engine().start_container(name);
      fmt::print("{}\n", name);
    } catch (const orchestrate::EngineError& e) {
      fmt::print(stderr, "{}\n", user_message(e));
      failed.push_back(name);
    }
  }
  if (failed.empty()) return 0;
  fmt::print(stderr, "Error: failed to start containers: {}\n", join(failed, ", "));
  return 1;
}

int run(Session& session, const Invocation& call) {
  StartFlags options;
  FlagSet flags = call.flags();
  flags.toggle(options.attach, 'a', "attach", "Attach STDOUT/STDERR and forward signals");
  flags.unsupported(0, "checkpoint");
  flags.unsupported(0, "checkpoint-dir");
  flags.text(options.detach_keys, 0, "detach-keys", "Override the key sequence for detaching a container");
  flags.toggle(options.interactive, 'i', "interactive", "Attach container's STDIN");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  if (!options.attach && !options.interactive) return start_all(session, names);
  if (names.size() > 1) throw_invalid("you cannot start and attach multiple containers at once");
  return start_attached(session, names[0], options);
}

}  // namespace

const Command kStart{"start",
                     "container",
                     "start",
                     "[OPTIONS] CONTAINER [CONTAINER...]",
                     "Start one or more stopped containers",
                     run};

}  // namespace rundlet::cli
