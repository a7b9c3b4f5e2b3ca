#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/options.h"

namespace {

using namespace rundlet;
using namespace rundlet::daemon;

Options read_options(ParsedArguments& parsed) {
  std::optional<std::string> text;
  try {
    text = read_file(parsed.config_file);
  } catch (const Error& e) {
    if (parsed.config_file_given || e.code() != ErrorCode::not_found) throw;
  }
  if (text) apply_config_file(parsed.options, parsed.config_file, *text, parsed.given);
  validate(parsed.options);
  return parsed.options;
}

// Blocked in every thread, so that only wait_for_end sees them. A client that goes must not end the daemon.
void prepare_signals(sigset_t& ends) {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  if (::pthread_sigmask(SIG_BLOCK, &ends, nullptr) != 0) throw_errno("block signals");
}

void wait_for_end(const sigset_t& ends) {
  int signal = 0;
  ::sigwait(&ends, &signal);
  log::info("signal {}: stopping; containers go on", signal);
}

// What is durable is so already, since a kill -9 may come at any time. So nothing is taken apart at the end,
// where workers and requests may still be busy.
[[noreturn]] void leave(int status) {
  std::fflush(nullptr);
  std::_Exit(status);
}

int run(int argc, char** argv) {
  ParsedArguments parsed = parse_arguments(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  Options options = read_options(parsed);
  log::set_level(options.debug ? log::Level::debug : log::level_from_string(options.log_level));
  sigset_t ends;
  prepare_signals(ends);
  Daemon daemon(options);
  if (parsed.tear_down) {
    daemon.tear_down();
    leave(0);
  }
  daemon.serve();
  wait_for_end(ends);
  daemon.stop();
  leave(0);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "rundletd: %s\n", e.what());
    return 1;
  }
}
