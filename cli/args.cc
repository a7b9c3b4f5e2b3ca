#include "cli/args.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands/commands.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

const Command* const kCommands[] = {&kAttach,  &kBuild,        &kCommit, &kContainerInspect,
                                    &kCreate,  &kDiff,         &kEvents, &kExec,
                                    &kHistory, &kImageInspect, &kImages, &kImport,
                                    &kInfo,    &kInspect,      &kKill,   &kLoad,
                                    &kLogs,    &kPause,        &kPort,   &kPs,
                                    &kPull,    &kPush,         &kRename, &kRestart,
                                    &kRm,      &kRmi,          &kRun,    &kSave,
                                    &kStart,   &kStop,         &kTag,    &kTop,
                                    &kUnpause, &kVersion,      &kWait};

struct Group {
  const char* name;
  const char* summary;
};
constexpr Group kGroups[] = {
    {"container", "Manage containers"}, {"image", "Manage images"}, {"system", "Manage Rundlet"}};

constexpr const char* kCommonVerbs[] = {"run",  "exec",   "ps",      "build", "pull",
                                        "push", "images", "version", "info"};

bool is_common(std::string_view name) {
  return std::find(std::begin(kCommonVerbs), std::end(kCommonVerbs), name) != std::end(kCommonVerbs);
}

const Group* find_group(std::string_view name) {
  auto found =
      std::find_if(std::begin(kGroups), std::end(kGroups), [&](const Group& g) { return g.name == name; });
  return found == std::end(kGroups) ? nullptr : found;
}

const Command* find_command(std::string_view name) {
  auto found = std::find_if(std::begin(kCommands), std::end(kCommands),
                            [&](const Command* c) { return *c->name && c->name == name; });
  return found == std::end(kCommands) ? nullptr : *found;
}

const Command* find_member(std::string_view group, const std::string& name) {
  for (const Command* command : kCommands) {
    auto members = split(command->members, ' ');
    if (command->group == group && std::find(members.begin(), members.end(), name) != members.end() &&
        !name.empty())
      return command;
  }
  return nullptr;
}

std::string command_lines(std::vector<std::pair<std::string, std::string>> lines) {
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& [name, summary] : lines) out += fmt::format("  {:<11} {}\n", name, summary);
  return out;
}

std::string group_help(const Group& group) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const Command* command : kCommands)
    if (command->group == std::string_view(group.name))
      members.emplace_back(split(command->members, ' ')[0], command->summary);
  return fmt::format(
      "Usage:  rundlet {0} COMMAND\n\n{1}\n\nCommands:\n{2}\nRun 'rundlet {0} COMMAND --help' for more "
      "information on a "
      "command.\n",
      group.name, group.summary, command_lines(std::move(members)));
}

std::string top_help(const FlagSet& flags) {
  std::string common;
  for (const char* name : kCommonVerbs)
    common += fmt::format("  {:<11} {}\n", name, find_command(name)->summary);
  std::vector<std::pair<std::string, std::string>> rest, groups;
  for (const Command* command : kCommands)
    if (*command->name && !is_common(command->name)) rest.emplace_back(command->name, command->summary);
  for (const Group& group : kGroups) groups.emplace_back(group.name, group.summary);
  std::string options = flags.help_text();
  options = options.substr(options.find("\nOptions:") + 9);
  return fmt::format(
      "Usage:  rundlet [OPTIONS] COMMAND\n\nBuild images, run containers, move both about\n\nCommon "
      "Commands:\n{}\n"
      "Management Commands:\n{}\nCommands:\n{}\nGlobal Options:{}\n"
      "Run 'rundlet COMMAND --help' for more information on a command.\n",
      common, command_lines(std::move(groups)), command_lines(std::move(rest)), options);
}

[[noreturn]] void throw_unknown(const std::string& path, const std::string& usage) {
  std::string parent = path.substr(0, path.rfind(' '));
  throw UsageError(
      fmt::format("rundlet: unknown command: rundlet {}{}\n\nRun 'rundlet{} --help' for more information",
                  path, usage, parent == path ? "" : " " + parent),
      1);
}

int run_member(Session& session, const Group& group, const std::vector<std::string>& args) {
  if (args.size() < 2 || args[1] == "--help" || args[1] == "-h") {
    fmt::print(args.size() < 2 ? stderr : stdout, "{}", group_help(group));
    return 0;
  }
  std::string path = args[0] + " " + args[1];
  const Command* command = find_member(group.name, args[1]);
  if (!command) throw_unknown(path, fmt::format("\n\nUsage:  rundlet {}", group.name));
  return command->run(session, {path, {args.begin() + 2, args.end()}, command});
}

int run_verb(Session& session, const std::vector<std::string>& args) {
  if (const Group* group = find_group(args[0])) return run_member(session, *group, args);
  const Command* command = find_command(args[0]);
  if (!command) throw_unknown(args[0], "");
  return command->run(session, {args[0], {args.begin() + 1, args.end()}, command});
}

void add_global_flags(FlagSet& flags, GlobalOptions& options, bool& version, std::string& log_level) {
  flags.stop_at_first_argument();
  flags.text(options.config_dir, 0, "config", "Folder of the client's configuration (default ~/.docker)");
  flags.unsupported('c', "context");
  flags.toggle(options.debug, 'D', "debug", "Enable debug mode");
  flags.text(options.host, 'H', "host", "Daemon to connect to: unix://PATH or tcp://HOST:PORT");
  flags.text(log_level, 'l', "log-level", "Accepted, without effect");
  flags.toggle(options.tls, 0, "tls", "Use TLS; implied by --tlsverify");
  flags.text(options.tls_ca, 0, "tlscacert", "Trust certs signed only by this CA");
  flags.text(options.tls_cert, 0, "tlscert", "Path to TLS certificate file");
  flags.text(options.tls_key, 0, "tlskey", "Path to TLS key file");
  flags.toggle(options.tls_verify, 0, "tlsverify", "Use TLS and verify the remote");
  flags.toggle(version, 'v', "version", "Print version information and quit");
}

}  // namespace

int run_command_line(const std::vector<std::string>& args) {
  GlobalOptions options;
  bool version = false;
  std::string log_level;
  FlagSet flags({"", "[OPTIONS] COMMAND", "", ""});
  add_global_flags(flags, options, version, log_level);
  std::vector<std::string> rest;
  try {
    rest = flags.parse(args);
  } catch (const HelpRequested&) {
    fmt::print("{}", top_help(flags));
    return 0;
  }
  if (version) {
    fmt::print("Rundlet version {}\n", RUNDLET_VERSION);
    return 0;
  }
  if (!rest.empty() && rest[0] == "help") {
    rest.erase(rest.begin());
    if (!rest.empty()) rest.emplace_back("--help");
  }
  if (rest.empty()) {
    fmt::print("{}", top_help(flags));
    return 0;
  }
  Session session(std::move(options));
  return run_verb(session, rest);
}

}  // namespace rundlet::cli
