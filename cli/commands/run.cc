#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "cli/attached.h"
#include "cli/commands/commands.h"
#include "cli/options/create_options.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::CreateContainerRequest;

constexpr int kEngineFailed = 125;
constexpr int kCannotInvoke = 126;
constexpr int kNotFound = 127;

struct RunOptions {
  ContainerOptions container;
  PullOptions pull;
  bool detach = false, sig_proxy = true;
  std::string detach_keys;
};

std::vector<std::string> parse(FlagSet flags, const std::vector<std::string>& args, RunOptions& options) {
  add_container_flags(flags, options.container);
  add_pull_flags(flags, options.pull);
  flags.toggle(options.detach, 'd', "detach", "Run container in background and print container ID");
  flags.text(options.detach_keys, 0, "detach-keys", "Override the key sequence for detaching a container");
  flags.toggle(options.sig_proxy, 0, "sig-proxy", "Proxy received signals to the process");
  return flags.parse(args, 1, FlagSet::kAnyNumber);
}

CreateContainerRequest make_request(const RunOptions& options, const std::vector<std::string>& args) {
  check_pull_options(options.pull);
  auto request = make_create_request(options.container, args);
  if (options.detach) {
    if (!options.container.attach.empty())
      throw ExitError("conflicting options: cannot specify both --attach and --detach", 1);
    request.config.attach_stdin = request.config.attach_stdout = request.config.attach_stderr = false;
    request.config.stdin_once = false;
  } else {
    check_terminal(request.config.attach_stdin, request.config.tty);
    if (request.config.tty) request.host_config.console_size = console_size();
  }
  return request;
}

// 126 and 127 as a shell gives them, for a command that cannot be run or found.
int start_failure_code(const std::string& message) {
  auto says = [&](const char* text) { return message.find(text) != message.npos; };
  if (says("executable file not found") || says("no such file or directory")) return kNotFound;
  if (says("permission denied") || says("is a directory")) return kCannotInvoke;
  return kEngineFailed;
}

[[noreturn]] void throw_with_help(const Error& error, const Invocation& call, int exit_code) {
  throw ExitError(fmt::format("rundlet: {}\n\nRun 'rundlet {} --help' for more information",
                              user_message(error), call.path),
                  exit_code);
}

// Throws ExitError with the shell's codes.
void start(Session& session, const std::string& id, const Invocation& call) {
  try {
    session.engine().start_container(id);
  } catch (const Error& e) {
    throw_with_help(e, call, start_failure_code(e.message()));
  }
}

int run_attached(Session& session, const RunOptions& options, const CreateContainerRequest& request,
                 const std::string& id, const Invocation& call) {
  auto& engine = session.engine();
  SignalListener signals(options.sig_proxy ? SignalListener::Which::all : SignalListener::Which::resize);
  const auto& config = request.config;
  orchestrate::AttachOptions attach;
  attach.attach_stdin = config.attach_stdin;
  attach.attach_stdout = config.attach_stdout;
  attach.attach_stderr = config.attach_stderr;
  attach.detach_keys = options.detach_keys;
  auto stream = engine.attach(id, attach);
  ExitWatch exit(engine, id, options.container.auto_remove ? "removed" : "next-exit");
  start(session, id, call);
  AttachedOptions attached{id, config.tty, config.attach_stdin, options.sig_proxy, options.detach_keys};
  return stay_attached(engine, attached, std::move(stream), exit, signals).exit_code;
}

int run(Session& session, const Invocation& call) {
  RunOptions options;
  auto args = parse(call.flags(), call.args, options);
  CreateContainerRequest request;
  std::string id;
  try {
    request = make_request(options, args);
    id = create_container(session, request, options.container, options.pull);
  } catch (const ExitError&) {
    throw;
  } catch (const Error& e) {
    if (e.message() == "the input device is not a TTY") throw;
    throw_with_help(e, call, kEngineFailed);
  }
  if (!options.detach) return run_attached(session, options, request, id, call);
  start(session, id, call);
  fmt::print("{}\n", id);
  return 0;
}

}  // namespace

const Command kRun{"run",
                   "container",
                   "run",
                   "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                   "Create and run a new container from an image",
                   run};

}  // namespace rundlet::cli
