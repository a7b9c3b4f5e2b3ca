// rundlet, the command line: turns what a command throws into messages and exit codes.
#include <fmt/format.h>

#include <cstdio>

#include "cli/args.h"
#include "cli/command.h"

namespace {

// After what has been printed so far, should both streams go to one place.
void tell(const std::string& message) {
  std::fflush(stdout);
  if (!message.empty()) fmt::print(stderr, "{}\n", message);
}

int run(const std::vector<std::string>& args) {
  using namespace rundlet::cli;
  try {
    return run_command_line(args);
  } catch (const HelpRequested& help) {
    fmt::print("{}", help.text());
    return 0;
  } catch (const UsageError& e) {
    tell(e.message());
    return e.exit_code();
  } catch (const ExitError& e) {
    tell(e.message());
    return e.exit_code();
  } catch (const rundlet::Error& e) {
    tell(user_message(e));
    return 1;
  } catch (const std::exception& e) {
    tell(std::string("rundlet: ") + e.what());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = run({argv + 1, argv + argc});
  if (std::fflush(stdout) != 0 && exit_code == 0) {
    std::perror("rundlet: write to stdout");
    return 1;
  }
  return exit_code;
}
