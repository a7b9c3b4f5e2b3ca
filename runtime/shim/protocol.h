// What a shim and its clients tell each other, and the shim's files. JSON, because daemon N speaks to shims
// of N-1: a reader skips fields it does not know, and a field that is missing keeps its default. `version`
// comes first.
//
// A request is one connection to BUNDLE/shim.sock (SOCK_SEQPACKET): one Request, one Reply, end. Descriptors
// go beside the message:
//   attach, exec    one: the client's socket (exec: only with `attach`)
//   hold            one: what is to be held
//   held            the Reply carries it, or nothing
//   namespaces      the Reply carries four: network, ipc, uts, pid
//   adopt           the Reply is followed by Notes: this is the new events connection, the old one ends
// The events connection of launch() carries a `created` or `failed` Note first; `created` has the four
// descriptors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/codec/json_raw.h"
#include "base/error.h"
#include "runtime/client/shim_client.h"

namespace rundlet::runtime {

inline constexpr int kProtocolVersion = 1;
// Descriptors that a shim is started with.
inline constexpr int kListenFd = 3, kEventsFd = 4, kFirstAttachFd = 5;

inline constexpr char kSocketName[] = "/shim.sock", kConfigName[] = "/config.json",
                      kShimName[] = "/shim.json", kStateName[] = "/state.json", kExitName[] = "/exit.json",
                      kShimLogName[] = "/shim.log";

struct Request {
  int version = kProtocolVersion;
  // adopt start signal kill_all pause resume update resize attach exec namespaces hold held let_go
  // acknowledge
  std::string operation;
  std::string name;     // hold, held, let_go
  std::string exec_id;  // empty: the container
  int number = 0;       // signal
  uint32_t height = 0, width = 0;
  std::optional<AttachSpec> attach;
  std::optional<ExecSpec> exec;
  json::Raw config;  // update: an OCI configuration whose linux.resources counts
};

struct Failure {
  std::string code, message;
  int errno_value = 0;
};

struct Reply {
  int version = kProtocolVersion;
  std::optional<Failure> failure;
  int pid = 0;       // adopt: of the container; exec: of the process
  int shim_pid = 0;  // adopt
};

struct Note {
  int version = kProtocolVersion;
  std::string kind;           // created failed exit exec_exit oom
  int pid = 0, shim_pid = 0;  // created
  std::optional<Failure> failure;
  std::string exec_id;
  ExitInfo exit;
};

// shim.json: ShimSpec without its OCI configuration.
struct ShimFile {
  int version = kProtocolVersion;
  ShimSpec spec;
  std::vector<AttachSpec> attachments;  // their sockets are kFirstAttachFd …
  std::string external_runtime;
};

// state.json
struct StateFile {
  int version = kProtocolVersion;
  std::string id;
  int pid = 0, shim_pid = 0;
  uint64_t start_time = 0;  // base/proc/pidfd.h
  std::string boot_id;
};

Failure to_failure(const Error& error);
[[noreturn]] void throw_failure(const Failure& failure);

std::string to_json(const Request& request);
std::string to_json(const Reply& reply);
std::string to_json(const Note& note);
std::string to_json(const ShimFile& file);
std::string to_json(const StateFile& file);
std::string to_json(const ExitInfo& exit);
Request parse_request(std::string_view text);
Reply parse_reply(std::string_view text);
Note parse_note(std::string_view text);
ShimFile parse_shim_file(std::string_view text);
StateFile parse_state_file(std::string_view text);
ExitInfo parse_exit(std::string_view text);

}  // namespace rundlet::runtime
