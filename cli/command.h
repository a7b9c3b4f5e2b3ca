// cli: the docker-compatible command line. It knows the daemon only through the Engine API.
//
// One verb, one file in commands/: its flags, its help and what it does. The table in args.cc says where each
// verb stands
// ("ps", "container ls"); main.cc turns errors into messages and exit codes.
#pragma once

#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/session.h"

namespace rundlet::cli {

struct Command;

// A verb with its arguments, as the user called it.
struct Invocation {
  std::string path;  // "ps", "container ls"
  std::vector<std::string> args;
  const Command* command;

  // A flag set that knows this call's usage line and help.
  FlagSet flags() const;
};

struct Command {
  const char* name;     // "ps"; empty: only within its group
  const char* group;    // "container", "image", "system" or empty
  const char* members;  // names within the group, the first one shown: "ls list ps"
  const char* usage;
  const char* summary;
  // Gives the exit code.
  int (*run)(Session& session, const Invocation& call);
};

// A failed command whose message needs nothing around it.
class ExitError : public Error {
 public:
  ExitError(std::string message, int exit_code)
      : Error(ErrorCode::failed_precondition, std::move(message)), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// "Error response from daemon: …" for what the engine refused, the plain message otherwise.
std::string user_message(const Error& error);

// Does `act` for each name, printing what it returns; failures are told on stderr and make the exit code 1.
int for_each_name(const std::vector<std::string>& names,
                  const std::function<std::string(const std::string&)>& act);

}  // namespace rundlet::cli
