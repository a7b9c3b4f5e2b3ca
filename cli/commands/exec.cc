#include <fmt/format.h>
#include <unistd.h>

#include "cli/attached.h"
#include "cli/commands/commands.h"
#include "cli/options/key_values.h"
#include "cli/stream/detach_keys.h"
#include "cli/stream/terminal.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::ExecConfig;

struct ExecFlags {
  bool detach = false, interactive = false, privileged = false, tty = false;
  std::string detach_keys, user, workdir;
  std::vector<std::string> env, env_files;
};

std::vector<std::string> parse(FlagSet flags, const std::vector<std::string>& args, ExecFlags& o) {
  flags.stop_at_first_argument();
  flags.toggle(o.detach, 'd', "detach", "Detached mode: run command in the background");
  flags.text(o.detach_keys, 0, "detach-keys", "Override the key sequence for detaching a container");
  flags.list(o.env, 'e', "env", "Set environment variables", check_env);
  flags.list(o.env_files, 0, "env-file", "Read environment variables from a file");
  flags.toggle(o.interactive, 'i', "interactive", "Keep STDIN open even if not attached");
  flags.toggle(o.privileged, 0, "privileged", "Give extended privileges to the command");
  flags.toggle(o.tty, 't', "tty", "Allocate a pseudo-TTY");
  flags.text(o.user, 'u', "user", "Username or UID (format: \"<name|uid>[:<group|gid>]\")");
  flags.text(o.workdir, 'w', "workdir", "Working directory inside the container");
  return flags.parse(args, 2, FlagSet::kAnyNumber);
}

ExecConfig make_config(const ExecFlags& o, const std::vector<std::string>& args) {
  ExecConfig config;
  config.user = o.user;
  config.privileged = o.privileged;
  config.tty = o.tty;
  config.working_dir = o.workdir;
  config.env = collect_env(o.env_files, o.env);
  config.cmd.assign(args.begin() + 1, args.end());
  config.detach_keys = o.detach_keys;
  if (o.detach) return config;
  config.attach_stdin = o.interactive;
  config.attach_stdout = config.attach_stderr = true;
  check_terminal(o.interactive, o.tty);
  if (o.tty) config.console_size = console_size();
  return config;
}

void resize(orchestrate::EngineClient& engine, const std::string& exec) {
  auto size = window_size(STDOUT_FILENO);
  if (!size || size->height == 0) return;
  try {
    engine.resize_exec(exec, size->height, size->width);
  } catch (const orchestrate::EngineError& e) {
    // A process that has just exited takes no size.
    if (e.code() != ErrorCode::not_found && e.code() != ErrorCode::conflict) throw;
  }
}

int run_attached(orchestrate::EngineClient& engine, const std::string& exec, const ExecConfig& config) {
  SignalListener signals(SignalListener::Which::resize);
  StreamOptions streams;
  streams.tty = config.tty;
  streams.attach_stdin = config.attach_stdin;
  streams.signals = &signals;
  if (config.tty && config.attach_stdin)
    streams.detach_sequence =
        parse_detach_keys(config.detach_keys.empty() ? kDefaultDetachKeys : config.detach_keys);
  if (config.tty) streams.on_resize = [&] { resize(engine, exec); };
  spec::docker_api::ExecStart start{false, config.tty, config.console_size};
  auto stream = engine.start_exec(exec, start);
  if (config.tty) resize(engine, exec);
  if (run_stream(std::move(stream), streams) == StreamEnd::user_detached)
    throw ExitError("read escape sequence", 1);
  return engine.inspect_exec(exec).exit_code.value_or(0);
}

int run(Session& session, const Invocation& call) {
  ExecFlags options;
  auto args = parse(call.flags(), call.args, options);
  auto& engine = session.engine();
  ExecConfig config = make_config(options, args);
  std::string exec = engine.create_exec(args[0], config);
  if (!options.detach) return run_attached(engine, exec, config);
  engine.start_exec_detached(exec, config.tty);
  return 0;
}

}  // namespace

const Command kExec{"exec",
                    "container",
                    "exec",
                    "[OPTIONS] CONTAINER COMMAND [ARG...]",
                    "Execute a command in a running container",
                    run};

}  // namespace rundlet::cli
