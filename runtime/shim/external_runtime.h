// Another OCI runtime (`--runtime runc`), driven by its command line. Its containers' first processes become
// our children when it has gone, since the shim is a child subreaper.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

class ExternalRuntime {
 public:
  ExternalRuntime(std::string program, std::string bundle, std::string id);

  struct Process {
    pid_t pid = -1;
    Fd pidfd;
    Fd console;  // the terminal's master
  };
  // All of these wait for the runtime, and throw what it wrote to its log. stdio: the process's, without a
  // terminal.
  Process create(bool terminal, std::array<Fd, 3> stdio);
  void start();
  Process exec(const spec::OciProcess& process, std::array<Fd, 3> stdio);
  void pause();
  void resume();
  void update(const spec::OciResources& resources);
  void remove();

 private:
  Process launch(std::vector<std::string> arguments, bool terminal, const std::array<Fd, 3>& stdio);
  void run(std::vector<std::string> arguments, const std::array<Fd, 3>& stdio);
  [[noreturn]] void throw_logged(const std::string& verb) const;

  std::string program_, bundle_, id_;
};

// The error of the last line of a runtime's JSON log; empty when there is none.
std::string last_logged_error(const std::string& log);
// With the code that the daemon tells a missing program by.
Error runtime_error(const std::string& message);
// The "resources" object of an OCI configuration alone.
std::string resources_json(const spec::OciResources& resources);

}  // namespace rundlet::runtime
