#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "base/proc/spawn.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/commands/commands.h"
#include "runtime/commands/list_json.h"

namespace rundlet::runtime {
namespace {

// Position of the PID column in ps's heading.
size_t pid_column(const std::string& heading) {
  std::istringstream words(heading);
  std::string word;
  for (size_t column = 0; words >> word; ++column)
    if (word == "PID") return column;
  throw_invalid("ps prints no PID column with these options");
}

int pid_in(const std::string& line, size_t column) {
  std::istringstream words(line);
  std::string word;
  for (size_t i = 0; i <= column; ++i) words >> word;
  return std::atoi(word.c_str());
}

}  // namespace

int ps(const GlobalOptions& global, const PsOptions& options) {
  Record record = load_running(RecordStore(global.root), options.id, "list the processes of");
  std::vector<int> pids = Cgroup::open(record.cgroups_path)->processes();
  if (options.format == "json") {
    std::puts(to_json(pids).c_str());
    return 0;
  }
  if (options.format != "table") throw_invalid("invalid format option " + options.format);
  proc::SpawnSpec spawn;
  spawn.argv = {"ps"};
  spawn.argv.insert(spawn.argv.end(), options.arguments.begin(), options.arguments.end());
  if (options.arguments.empty()) spawn.argv.push_back("-ef");
  proc::Output output = proc::run(spawn);
  if (output.status.code != 0) throw_error(ErrorCode::internal, "ps: " + output.err);
  std::istringstream lines(output.out);
  std::string line;
  std::getline(lines, line);
  std::puts(line.c_str());
  size_t column = pid_column(line);
  while (std::getline(lines, line))
    if (std::find(pids.begin(), pids.end(), pid_in(line, column)) != pids.end()) std::puts(line.c_str());
  return 0;
}

}  // namespace rundlet::runtime
