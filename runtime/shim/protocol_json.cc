#include "base/codec/json.h"
#include "runtime/shim/protocol.h"

namespace rundlet::runtime {
namespace {

// JSON strings are text; keys and unread input are bytes.
std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw_invalid("malformed hexadecimal text");
}

std::string from_hex(std::string_view text) {
  if (text.size() % 2 != 0) throw_invalid("malformed hexadecimal text");
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2)
    bytes += static_cast<char>(digit_value(text[i]) << 4 | digit_value(text[i + 1]));
  return bytes;
}

struct AttachRecord {
  bool stdin_ = false, stdout_ = false, stderr_ = false, multiplexed = false;
  std::string detach_keys, unread;
};
struct ExecRecord {
  std::string id;
  json::Raw process;
  bool open_stdin = false, wait_for_attach = false;
};
struct MountRecord {
  std::string destination, type, source;
  std::vector<std::string> options;
};
struct RequestRecord {
  int version = kProtocolVersion;
  std::string operation, name, exec_id;
  int number = 0;
  uint32_t height = 0, width = 0;
  std::optional<AttachRecord> attach;
  std::optional<ExecRecord> exec;
  json::Raw config;
};
struct ShimRecord {
  int version = kProtocolVersion;
  std::string id, bundle, seccomp_file, external_runtime;
  std::vector<MountRecord> rootfs;
  bool wait_for_network = false, ephemeral = false, open_stdin = false, stdin_once = false,
       systemd_cgroup = false;
  LogSpec log;
  std::vector<AttachRecord> attachments;
};

AttachRecord record_of(const AttachSpec& a) {
  return {a.stdin_, a.stdout_, a.stderr_, a.multiplexed, to_hex(a.detach_keys), to_hex(a.unread)};
}
AttachSpec spec_of(const AttachRecord& a) {
  return {a.stdin_, a.stdout_, a.stderr_, a.multiplexed, from_hex(a.detach_keys), from_hex(a.unread)};
}
ExecRecord record_of(const ExecSpec& e) {
  return {e.id, {spec::to_json(e.process)}, e.open_stdin, e.wait_for_attach};
}
ExecSpec spec_of(const ExecRecord& e) {
  return {e.id, spec::parse_oci_process(e.process.text), e.open_stdin, e.wait_for_attach};
}

template <class Visitor>
void describe(Visitor& v, AttachRecord& a) {
  v.omit_empty("stdin", a.stdin_);
  v.omit_empty("stdout", a.stdout_);
  v.omit_empty("stderr", a.stderr_);
  v.omit_empty("multiplexed", a.multiplexed);
  v.omit_empty("detachKeys", a.detach_keys);
  v.omit_empty("unread", a.unread);
}

template <class Visitor>
void describe(Visitor& v, ExecRecord& e) {
  v("id", e.id);
  v("process", e.process);
  v.omit_empty("openStdin", e.open_stdin);
  v.omit_empty("waitForAttach", e.wait_for_attach);
}

template <class Visitor>
void describe(Visitor& v, MountRecord& m) {
  v.omit_empty("destination", m.destination);
  v("type", m.type);
  v("source", m.source);
  v.omit_empty("options", m.options);
}

template <class Visitor>
void describe(Visitor& v, RequestRecord& r) {
  v("version", r.version);
  v("operation", r.operation);
  v.omit_empty("name", r.name);
  v.omit_empty("execId", r.exec_id);
  v.omit_empty("number", r.number);
  v.omit_empty("height", r.height);
  v.omit_empty("width", r.width);
  v.omit_empty("attach", r.attach);
  v.omit_empty("exec", r.exec);
  v.omit_empty("config", r.config);
}

template <class Visitor>
void describe(Visitor& v, ShimRecord& s) {
  v("version", s.version);
  v("id", s.id);
  v("bundle", s.bundle);
  v.omit_empty("rootfs", s.rootfs);
  v.omit_empty("waitForNetwork", s.wait_for_network);
  v.omit_empty("ephemeral", s.ephemeral);
  v.omit_empty("openStdin", s.open_stdin);
  v.omit_empty("stdinOnce", s.stdin_once);
  v("log", s.log);
  v.omit_empty("seccompFile", s.seccomp_file);
  v.omit_empty("systemdCgroup", s.systemd_cgroup);
  v.omit_empty("attachments", s.attachments);
  v.omit_empty("externalRuntime", s.external_runtime);
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, LogSpec& l) {
  v("driver", l.driver);
  v.omit_empty("path", l.path);
  v("maxSize", l.max_size);
  v("maxFile", l.max_file);
}

template <class Visitor>
void describe(Visitor& v, Failure& f) {
  v("code", f.code);
  v("message", f.message);
  v.omit_empty("errno", f.errno_value);
}

template <class Visitor>
void describe(Visitor& v, ExitInfo& e) {
  v("status", e.status);
  v.omit_empty("oomKilled", e.oom_killed);
  v("at", e.at);
  v.omit_empty("reason", e.reason);
}

template <class Visitor>
void describe(Visitor& v, Reply& r) {
  v("version", r.version);
  v.omit_empty("failure", r.failure);
  v.omit_empty("pid", r.pid);
  v.omit_empty("shimPid", r.shim_pid);
}

template <class Visitor>
void describe(Visitor& v, Note& n) {
  v("version", n.version);
  v("kind", n.kind);
  v.omit_empty("pid", n.pid);
  v.omit_empty("shimPid", n.shim_pid);
  v.omit_empty("failure", n.failure);
  v.omit_empty("execId", n.exec_id);
  v("exit", n.exit);
}

template <class Visitor>
void describe(Visitor& v, StateFile& s) {
  v("version", s.version);
  v("id", s.id);
  v("pid", s.pid);
  v("shimPid", s.shim_pid);
  v("startTime", s.start_time);
  v("bootId", s.boot_id);
}

Failure to_failure(const Error& error) {
  return {std::string(to_string(error.code())), error.message(), error.errno_value()};
}

void throw_failure(const Failure& failure) {
  throw Error(error_code_from_string(failure.code), failure.message, failure.errno_value);
}

std::string to_json(const Request& r) {
  RequestRecord record{r.version, r.operation, r.name, r.exec_id, r.number,
                       r.height,  r.width,     {},     {},        r.config};
  if (r.attach) record.attach = record_of(*r.attach);
  if (r.exec) record.exec = record_of(*r.exec);
  return json::encode(record);
}

Request parse_request(std::string_view text) {
  auto r = json::decode<RequestRecord>(text, json::Unknown::ignore);
  Request request{r.version, r.operation, r.name, r.exec_id, r.number, r.height, r.width, {}, {}, r.config};
  if (r.attach) request.attach = spec_of(*r.attach);
  if (r.exec) request.exec = spec_of(*r.exec);
  return request;
}

std::string to_json(const ShimFile& file) {
  const ShimSpec& s = file.spec;
  ShimRecord record;
  record.version = file.version;
  record.id = s.id;
  record.bundle = s.bundle;
  record.seccomp_file = s.seccomp_file;
  record.external_runtime = file.external_runtime;
  for (const spec::Mount& m : s.rootfs) record.rootfs.push_back({m.destination, m.type, m.source, m.options});
  record.wait_for_network = s.wait_for_network;
  record.ephemeral = s.ephemeral;
  record.open_stdin = s.open_stdin;
  record.stdin_once = s.stdin_once;
  record.systemd_cgroup = s.systemd_cgroup;
  record.log = s.log;
  for (const AttachSpec& a : file.attachments) record.attachments.push_back(record_of(a));
  return json::encode(record);
}

ShimFile parse_shim_file(std::string_view text) {
  auto record = json::decode<ShimRecord>(text, json::Unknown::ignore);
  ShimFile file;
  file.version = record.version;
  ShimSpec& s = file.spec;
  s.id = record.id;
  s.bundle = record.bundle;
  s.seccomp_file = record.seccomp_file;
  file.external_runtime = record.external_runtime;
  for (const MountRecord& m : record.rootfs) s.rootfs.push_back({m.destination, m.type, m.source, m.options});
  s.wait_for_network = record.wait_for_network;
  s.ephemeral = record.ephemeral;
  s.open_stdin = record.open_stdin;
  s.stdin_once = record.stdin_once;
  s.systemd_cgroup = record.systemd_cgroup;
  s.log = record.log;
  for (const AttachRecord& a : record.attachments) file.attachments.push_back(spec_of(a));
  return file;
}

std::string to_json(const Reply& reply) {
  return json::encode(reply);
}
std::string to_json(const Note& note) {
  return json::encode(note);
}
std::string to_json(const StateFile& file) {
  return json::encode(file);
}
std::string to_json(const ExitInfo& exit) {
  return json::encode(exit);
}
Reply parse_reply(std::string_view text) {
  return json::decode<Reply>(text, json::Unknown::ignore);
}
Note parse_note(std::string_view text) {
  return json::decode<Note>(text, json::Unknown::ignore);
}
StateFile parse_state_file(std::string_view text) {
  return json::decode<StateFile>(text, json::Unknown::ignore);
}
ExitInfo parse_exit(std::string_view text) {
  return json::decode<ExitInfo>(text, json::Unknown::ignore);
}

}  // namespace rundlet::runtime
