#include "daemon/engine/top.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/proc/spawn.h"
#include "daemon/engine/oci_config.h"

namespace rundlet::daemon {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The last column takes what is left of the line: a command line has spaces.
std::vector<std::string> columns_of(const std::string& line, size_t count) {
  std::vector<std::string> words = words_of(line);
  while (words.size() > count) {
    words[count - 1] += " " + words[count];
    words.erase(words.begin() + static_cast<long>(count));
  }
  return words;
}

}  // namespace

docker_api::TopResult top(Engine& engine, const ContainerPtr& container, const std::string& arguments) {
  container->running_shim();
  std::vector<int> pids = runtime::cgroup_processes(cgroup_path(engine, container->record()));
  std::set<std::string> ours;
  for (int pid : pids) ours.insert(std::to_string(pid));
  proc::SpawnSpec spec;
  spec.argv = {"ps"};
  for (std::string& word : words_of(arguments.empty() ? "-ef" : arguments)) spec.argv.push_back(std::move(word));
  proc::Output output = proc::run(spec);
  if (output.status.code != 0) throw_error(ErrorCode::internal, "Error running ps: " + output.err);
  std::istringstream lines(output.out);
  std::string line;
  std::getline(lines, line);
  docker_api::TopResult result;
  result.titles = words_of(line);
  auto pid_column = std::find(result.titles.begin(), result.titles.end(), "PID");
  if (pid_column == result.titles.end())
    throw_error(ErrorCode::internal, "Couldn't find PID field in ps output");
  size_t index = static_cast<size_t>(pid_column - result.titles.begin());
  while (std::getline(lines, line)) {
    auto columns = columns_of(line, result.titles.size());
    if (columns.size() > index && ours.contains(columns[index])) result.processes.push_back(std::move(columns));
  }
  return result;
}

}  // namespace rundlet::daemon
