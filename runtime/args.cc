#include "runtime/args.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

#include "runtime/commands/protected_exe.h"

namespace rundlet::runtime {
namespace {

struct CommandLine {
  GlobalOptions& global;
  char** argv;
  std::function<int()> action;
  CreateOptions create;
  KillOptions kill;
  DeleteOptions remove;
  ExecOptions exec;
  ListOptions list;
  PsOptions ps;
  UpdateOptions update;
  SpecOptions spec;
  std::string id;
};

void add_globals(CLI::App& app, GlobalOptions& global) {
  app.add_option("--root", global.root, "root directory for storage of container state")
      ->capture_default_str();
  app.add_option("--log", global.log, "file to write errors to, beside stderr");
  app.add_option("--log-format", global.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--debug", global.debug, "accepted for runc's sake");
  app.add_flag("--systemd-cgroup", global.systemd_cgroup,
               "not supported: refused when a container is created");
}

void add_create_options(CLI::App& command, CreateOptions& options) {
  command.add_option("id", options.id, "container id")->required();
  command.add_option("-b,--bundle", options.bundle, "root of the bundle directory")->capture_default_str();
  command.add_option("--console-socket", options.console_socket,
                     "unix socket that receives the terminal's master");
  command.add_option("--pid-file", options.pid_file, "file to write the process id to");
  command.add_option("--preserve-fds", options.preserve_fds, "number of further descriptors to pass on");
  command.add_flag("--no-pivot", options.no_pivot, "not supported");
}

void add_create(CLI::App& app, CommandLine& line) {
  CLI::App* create_app = app.add_subcommand("create", "create a container");
  add_create_options(*create_app, line.create);
  create_app->callback([&line] {
    line.action = [&line] {
      protect_own_executable(line.argv);
      return create(line.global, line.create);
    };
  });
  CLI::App* run_app = app.add_subcommand("run", "create and start a container");
  add_create_options(*run_app, line.create);
  run_app->add_flag("-d,--detach", line.create.detach, "do not wait for its end");
  run_app->add_flag("--keep", line.create.keep, "do not delete it when it has ended");
  run_app->callback([&line] {
    line.action = [&line] {
      protect_own_executable(line.argv);
      return run(line.global, line.create);
    };
  });
}

using IdCommand = int (*)(const GlobalOptions&, const std::string&);

void add_by_id(CLI::App& app, CommandLine& line, const char* name, const char* help, IdCommand command) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->add_option("id", line.id, "container id")->required();
  sub->callback(
      [&line, command] { line.action = [&line, command] { return command(line.global, line.id); }; });
}

void add_kill_and_delete(CLI::App& app, CommandLine& line) {
  CLI::App* kill_app = app.add_subcommand("kill", "send a signal to a container's first process");
  kill_app->add_option("id", line.kill.id, "container id")->required();
  kill_app->add_option("signal", line.kill.signal, "name or number")->capture_default_str();
  kill_app->add_flag("-a,--all", line.kill.all, "to all of its processes");
  kill_app->callback([&line] { line.action = [&line] { return kill(line.global, line.kill); }; });
  CLI::App* delete_app = app.add_subcommand("delete", "delete what a stopped container holds");
  delete_app->add_option("id", line.remove.id, "container id")->required();
  delete_app->add_flag("-f,--force", line.remove.force, "kill it first if it runs");
  delete_app->callback(
      [&line] { line.action = [&line] { return delete_container(line.global, line.remove); }; });
}

void add_exec(CLI::App& app, CommandLine& line) {
  ExecOptions& options = line.exec;
  CLI::App* sub = app.add_subcommand("exec", "run another process in a container");
  sub->add_option("id", options.id, "container id")->required();
  sub->add_option("command", options.command, "program and arguments");
  sub->add_option("-p,--process", options.process_file, "file with the OCI process");
  sub->add_option("--console-socket", options.console_socket,
                  "unix socket that receives the terminal's master");
  sub->add_option("--pid-file", options.pid_file, "file to write the process id to");
  sub->add_option("--cwd", options.cwd, "working directory");
  sub->add_option("-e,--env", options.env, "NAME=value")->allow_extra_args(false);
  sub->add_option("-u,--user", options.user, "UID[:GID]");
  sub->add_option("-g,--additional-gids", options.additional_gids, "further groups")->allow_extra_args(false);
  sub->add_option("-c,--cap", options.capabilities, "further capabilities")->allow_extra_args(false);
  sub->add_option("--preserve-fds", options.preserve_fds, "number of further descriptors to pass on");
  sub->add_flag("-d,--detach", options.detach, "do not wait for its end");
  sub->add_flag("-t,--tty", options.terminal, "with a terminal");
  sub->add_flag("--no-new-privs", options.no_new_privileges, "set no_new_privs");
  sub->callback([&line] {
    line.action = [&line] {
      protect_own_executable(line.argv);
      return exec(line.global, line.exec);
    };
  });
}

void add_list_and_ps(CLI::App& app, CommandLine& line) {
  CLI::App* list_app = app.add_subcommand("list", "list containers");
  list_app->add_option("-f,--format", line.list.format, "table or json")->capture_default_str();
  list_app->add_flag("-q,--quiet", line.list.quiet, "ids only");
  list_app->callback([&line] { line.action = [&line] { return list(line.global, line.list); }; });
  CLI::App* ps_app = app.add_subcommand("ps", "list the processes of a container");
  ps_app->add_option("id", line.ps.id, "container id")->required();
  ps_app->add_option("arguments", line.ps.arguments, "for ps(1)");
  ps_app->add_option("-f,--format", line.ps.format, "table or json")->capture_default_str();
  ps_app->callback([&line] { line.action = [&line] { return ps(line.global, line.ps); }; });
}

void add_update(CLI::App& app, CommandLine& line) {
  UpdateOptions& options = line.update;
  CLI::App* sub = app.add_subcommand("update", "change a container's limits");
  sub->add_option("id", options.id, "container id")->required();
  sub->add_option("-r,--resources", options.resources_file, "file with OCI resources, - for stdin");
  sub->add_option("--memory", options.memory.limit, "bytes");
  sub->add_option("--memory-reservation", options.memory.reservation, "bytes");
  sub->add_option("--memory-swap", options.memory.swap, "memory plus swap, bytes");
  sub->add_option("--cpu-share", options.cpu.shares, "relative weight");
  sub->add_option("--cpu-quota", options.cpu.quota, "microseconds per period");
  sub->add_option("--cpu-period", options.cpu.period, "microseconds");
  sub->add_option("--cpuset-cpus", options.cpu.cpus, "0-3,7");
  sub->add_option("--cpuset-mems", options.cpu.mems, "0-1");
  sub->add_option("--pids-limit", options.pids_limit, "processes and threads, -1 for no limit");
  sub->add_option("--blkio-weight", options.block_io_weight, "10 to 1000");
  sub->callback([&line] { line.action = [&line] { return update(line.global, line.update); }; });
}

void add_documents(CLI::App& app, CommandLine& line) {
  app.add_subcommand("features", "print what this runtime can do")->callback([&line] {
    line.action = features;
  });
  CLI::App* sub = app.add_subcommand("spec", "write a config.json to start from");
  sub->add_option("-b,--bundle", line.spec.bundle, "root of the bundle directory")->capture_default_str();
  sub->callback([&line] { line.action = [&line] { return spec_command(line.spec); }; });
}

bool takes_value(const CLI::App& command, const std::string& word) {
  if (word.find('=') != word.npos || (word[1] != '-' && word.size() > 2))
    return false;  // it is in the same word
  const CLI::Option* option = command.get_option_no_throw(word);
  return option != nullptr && option->get_expected_max() > 0;
}

// After the id of an exec all words are the program's, also those that look like options: says so by "--".
std::vector<std::string> separate_program(const CLI::App& app, std::vector<std::string> words) {
  auto word = std::find(words.begin(), words.end(), "exec");
  if (word == words.end()) return words;
  const CLI::App& command = *app.get_subcommand("exec");
  for (++word; word != words.end() && word->size() > 1 && word->front() == '-'; ++word) {
    if (*word == "--") return words;
    if (takes_value(command, *word) && ++word == words.end()) return words;
  }
  if (word != words.end() && ++word != words.end() && *word != "--") words.insert(word, "--");
  return words;
}

}  // namespace

int run_command_line(int argc, char** argv, GlobalOptions& global) {
  CLI::App app("An OCI runtime.", "rundlet-oci");
  CommandLine line{global, argv, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  app.set_version_flag("-v,--version", "rundlet-oci version " RUNDLET_VERSION "\nspec: 1.1.0");
  app.require_subcommand(1);
  app.fallthrough(false);
  add_globals(app, global);
  add_create(app, line);
  add_by_id(app, line, "start", "run the program of a created container", start);
  add_by_id(app, line, "state", "print the state of a container", state);
  add_by_id(app, line, "pause", "freeze a container", pause);
  add_by_id(app, line, "resume", "thaw a container", resume);
  add_kill_and_delete(app, line);
  add_exec(app, line);
  add_list_and_ps(app, line);
  add_update(app, line);
  add_documents(app, line);
  try {
    std::vector<std::string> words = separate_program(app, {argv + 1, argv + argc});
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return line.action();
}

}  // namespace rundlet::runtime
