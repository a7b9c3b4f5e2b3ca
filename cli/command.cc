#include "cli/command.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <thread>

#include "cli/text.h"

namespace rundlet::cli {
namespace {

struct Outcome {
  std::string text;
  std::string failure;
};

Outcome attempt(const std::function<std::string(const std::string&)>& act, const std::string& name) {
  try {
    return {act(name), ""};
  } catch (const Error& e) {
    return {"", user_message(e)};
  }
}

}  // namespace

FlagSet Invocation::flags() const {
  CommandText text{path, command->usage, command->summary, ""};
  std::vector<std::string> aliases;
  for (const std::string& member : split(command->members, ' '))
    if (!member.empty()) aliases.push_back(fmt::format("rundlet {} {}", command->group, member));
  if (*command->name) aliases.push_back(fmt::format("rundlet {}", command->name));
  if (aliases.size() > 1) text.aliases = join(aliases, ", ");
  return FlagSet(std::move(text));
}

std::string user_message(const Error& error) {
  bool from_engine = dynamic_cast<const orchestrate::EngineError*>(&error) != nullptr;
  return from_engine ? "Error response from daemon: " + error.message() : error.message();
}

int for_each_name(const std::vector<std::string>& names,
                  const std::function<std::string(const std::string&)>& act) {
  std::vector<Outcome> outcomes(names.size());
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < names.size(); ++i)
      workers.emplace_back([&, i] { outcomes[i] = attempt(act, names[i]); });
    if (!names.empty()) outcomes[0] = attempt(act, names[0]);
  }
  int exit_code = 0;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.failure.empty()) exit_code = 1;
    if (!outcome.text.empty()) fmt::print("{}\n", outcome.text);
  }
  std::fflush(stdout);
  for (const Outcome& outcome : outcomes)
    if (!outcome.failure.empty()) fmt::print(stderr, "{}\n", outcome.failure);
  return exit_code;
}

}  // namespace rundlet::cli
