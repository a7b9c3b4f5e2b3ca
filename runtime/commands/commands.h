// rundlet-oci's commands, one function and one file per verb (OCI runtime.md; the command line is runc's).
// Errors are thrown; the return value is the exit status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/commands/record.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

struct GlobalOptions {
  std::string root = "/run/rundlet-oci";
  std::string log;                  // file for errors, beside stderr
  std::string log_format = "text";  // or "json"
  bool systemd_cgroup = false, debug = false;
};

struct CreateOptions {
  std::string id, bundle = ".", console_socket, pid_file;
  int preserve_fds = 0;
  bool no_pivot = false, no_new_keyring = false;
  bool detach = false, keep = false;  // run
};
int create(const GlobalOptions& global, const CreateOptions& options);
// create and start; without --detach waits for the end, deletes, and exits as the container did.
int run(const GlobalOptions& global, const CreateOptions& options);
int start(const GlobalOptions& global, const std::string& id);
int state(const GlobalOptions& global, const std::string& id);

struct KillOptions {
  std::string id, signal = "SIGTERM";
  bool all = false;
};
int kill(const GlobalOptions& global, const KillOptions& options);

struct DeleteOptions {
  std::string id;
  bool force = false;
};
int delete_container(const GlobalOptions& global, const DeleteOptions& options);

struct ExecOptions {
  std::string id, process_file, console_socket, pid_file, cwd, user;
  std::vector<std::string> command, env, capabilities;
  std::vector<uint32_t> additional_gids;
  int preserve_fds = 0;
  bool detach = false, terminal = false, no_new_privileges = false;
};
int exec(const GlobalOptions& global, const ExecOptions& options);

struct ListOptions {
  std::string format = "table";
  bool quiet = false;
};
int list(const GlobalOptions& global, const ListOptions& options);

struct PsOptions {
  std::string id, format = "table";
  std::vector<std::string> arguments;
};
int ps(const GlobalOptions& global, const PsOptions& options);

int pause(const GlobalOptions& global, const std::string& id);
int resume(const GlobalOptions& global, const std::string& id);

struct UpdateOptions {
  std::string id, resources_file;  // "-": stdin
  spec::OciMemory memory;
  spec::OciCpu cpu;
  std::optional<int64_t> pids_limit;
  uint16_t block_io_weight = 0;
};
int update(const GlobalOptions& global, const UpdateOptions& options);

int features();
struct SpecOptions {
  std::string bundle = ".";
};
int spec_command(const SpecOptions& options);

// Shared by the commands.
Record load_running(const RecordStore& store, const std::string& id, const std::string& verb);
void destroy(const RecordStore& store, const Record& record);
void write_pid_file(const std::string& path, int pid);
spec::OciConfig read_config(const std::string& bundle);

}  // namespace rundlet::runtime
