#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "cli/commands/commands.h"
#include "cli/context/build_context.h"
#include "cli/format/build_progress.h"
#include "cli/options/build_aux.h"
#include "cli/options/key_values.h"
#include "cli/options/value_checks.h"
#include "cli/stream/terminal.h"
#include "cli/text.h"
#include "spec/reference.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::ProgressMessage;

struct BuildFlags {
  std::string file, iid_file;
  std::vector<std::string> build_args, labels, ulimits;
  orchestrate::BuildOptions request;
};

std::string check_tag(std::string_view text) {
  spec::Reference::parse(text);
  return std::string(text);
}

void add_flags(FlagSet& f, BuildFlags& o) {
  auto& r = o.request;
  f.list(r.extra_hosts, 0, "add-host", "Add a custom host-to-IP mapping (\"host:ip\")", check_extra_host);
  f.list(o.build_args, 0, "build-arg", "Set build-time variables", check_env);
  f.text(o.file, 'f', "file", "Name of the Dockerfile (default is \"PATH/Dockerfile\")");
  f.text(o.iid_file, 0, "iidfile", "Write the image ID to the file");
  f.list(o.labels, 0, "label", "Set metadata for an image", check_label);
  f.bytes(r.memory, 'm', "memory", "Memory limit");
  f.text(r.network_mode, 0, "network", "Set the networking mode for the RUN instructions during build");
  f.toggle(r.no_cache, 0, "no-cache", "Do not use cache when building the image");
  f.text(r.platform, 0, "platform", "Platform of the image, such as linux/amd64");
  f.toggle(r.pull, 0, "pull", "Always attempt to pull a newer version of the image");
  f.toggle(r.quiet, 'q', "quiet", "Suppress the build output and print image ID on success");
  f.bytes(r.shm_size, 0, "shm-size", "Size of \"/dev/shm\"");
  f.list(r.tags, 't', "tag", "Name and optionally a tag in the \"name:tag\" format", check_tag);
  f.text(r.target, 0, "target", "Set the target build stage to build");
  f.toggle(r.remove, 0, "rm", "Accepted, without effect: there are no intermediate containers");
  f.toggle(r.force_remove, 0, "force-rm", "Accepted, without effect");
  f.ignored_switch(0, "compress");
  f.ignored_switch(0, "disable-content-trust");
  for (const char* name : {"cache-from", "cgroup-parent", "cpu-period", "cpu-quota", "cpuset-cpus",
                           "cpuset-mems", "isolation", "memory-swap", "security-opt", "ulimit"})
    f.unsupported(0, name);
  f.unsupported('c', "cpu-shares");
  f.unsupported(0, "squash", "");
}

bool is_remote(const std::string& path) {
  for (const char* prefix : {"http://", "https://", "git://", "git@", "github.com/", "ssh://"})
    if (path.starts_with(prefix)) return true;
  return false;
}

bool is_directory(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string real_path(const std::string& path) {
  std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
  if (!resolved) throw_errno(fmt::format("unable to evaluate symlinks in path \"{}\"", path));
  return resolved.get();
}

// Where the Dockerfile is: inside the context, or read from elsewhere.
ContextSpec context_of(const std::string& directory, const std::string& file) {
  ContextSpec spec;
  spec.directory = real_path(directory);
  if (file == "-") {
    spec.foreign_dockerfile = read_all(STDIN_FILENO);
    return spec;
  }
  std::string path = file.empty() ? spec.directory + "/Dockerfile" : file;
  // As docker does: a name that is not found from here is taken as one inside the context.
  if (!file.empty() && ::access(path.c_str(), F_OK) != 0) path = spec.directory + "/" + file;
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    throw_not_found(fmt::format(
        "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat {}: no such "
        "file or directory",
        path));
  std::string resolved = real_path(path);
  if (resolved.starts_with(spec.directory + "/")) {
    spec.dockerfile = resolved.substr(spec.directory.size() + 1);
  } else {
    spec.foreign_dockerfile = read_file(resolved);
  }
  return spec;
}

// Shows the stream, or keeps it to be shown should the build fail; picks the image's id out of it.
class Output {
 public:
  explicit Output(bool quiet) : quiet_(quiet), printer_(STDOUT_FILENO) {}
  void take(const ProgressMessage& message) {
    if (!message.aux.text.empty())
      if (std::string id = image_id_of(message.aux); !id.empty()) image_id_ = id;
    if (!quiet_) {
      printer_.show(message);
    } else {
      kept_ += message.stream;
    }
  }
  void finish() { printer_.finish(); }
  const std::string& image_id() const { return image_id_; }
  const std::string& kept() const { return kept_; }

 private:
  bool quiet_;
  BuildProgress printer_;
  std::string image_id_, kept_;
};

// What is sent, told as it goes on a terminal and once at the end otherwise.
class Upload {
 public:
  Upload(ContextStream& stream, bool quiet)
      : stream_(stream), quiet_(quiet), terminal_(is_terminal(STDERR_FILENO)) {}
  size_t read(char* buffer, size_t size) {
    size_t count = stream_.read(buffer, size);
    bool done = count == 0;
    if (quiet_ || told_) return count;
    if (done || (terminal_ && stream_.bytes_sent() - shown_ >= kStep)) {
      shown_ = stream_.bytes_sent();
      fmt::print(stderr, "{}Sending build context to the daemon  {}{}", terminal_ ? "\r" : "",
                 spec::human_size(static_cast<double>(shown_)), done ? "\n" : "");
    }
    told_ = done;
    return count;
  }

 private:
  static constexpr uint64_t kStep = 1 << 20;
  ContextStream& stream_;
  bool quiet_, terminal_, told_ = false;
  uint64_t shown_ = 0;
};

void build_directory(Session& session, const std::string& directory, BuildFlags& o, Output& output) {
  if (!is_directory(directory))
    throw_not_found(fmt::format("unable to prepare context: path \"{}\" not found", directory));
  ContextStream stream(context_of(directory, o.file));
  o.request.dockerfile = stream.dockerfile();
  Upload upload(stream, o.request.quiet);
  session.engine().build(
      o.request, [&](char* buffer, size_t size) { return upload.read(buffer, size); },
      [&](const ProgressMessage& message) { output.take(message); });
}

// "-": an archive is the context; anything else is a Dockerfile without context.
void build_stdin(Session& session, BuildFlags& o, Output& output) {
  std::string first;
  char buffer[512];
  ssize_t count;
  while (first.size() < sizeof buffer &&
         (count = ::read(STDIN_FILENO, buffer, sizeof buffer - first.size())) > 0)
    first.append(buffer, static_cast<size_t>(count));
  bool archive = looks_like_archive(first);
  if (!archive) first = single_file_tar("Dockerfile", first + read_all(STDIN_FILENO));
  o.request.dockerfile = archive && !o.file.empty() ? o.file : "Dockerfile";
  size_t sent = 0;
  auto source = [&](char* into, size_t size) -> size_t {
    size_t from_first = std::min(size, first.size() - sent);
    std::copy_n(first.data() + sent, from_first, into);
    sent += from_first;
    if (from_first > 0 || !archive) return from_first;
    ssize_t more = ::read(STDIN_FILENO, into, size);
    if (more < 0) throw_errno("read from stdin");
    return static_cast<size_t>(more);
  };
  session.engine().build(o.request, source, [&](const ProgressMessage& message) { output.take(message); });
}

void build(Session& session, const std::string& path, BuildFlags& o, Output& output) {
  if (path == "-" && o.file == "-")
    throw_invalid("invalid argument: can't use stdin for both build context and dockerfile");
  if (path == "-") return build_stdin(session, o, output);
  if (!is_remote(path)) return build_directory(session, path, o, output);
  o.request.remote = path;
  o.request.dockerfile = o.file;
  session.engine().build(o.request, {}, [&](const ProgressMessage& message) { output.take(message); });
}

int run(Session& session, const Invocation& call) {
  BuildFlags options;
  FlagSet flags = call.flags();
  add_flags(flags, options);
  auto args = flags.parse(call.args, 1, 1);
  for (const std::string& text : options.build_args) {
    auto pair = cut(text, '=');
    options.request.build_args[pair ? pair->first : text] = pair ? std::optional(pair->second) : std::nullopt;
  }
  options.request.labels = to_map(options.labels);
  options.request.auths = session.all_credentials();
  Output output(options.request.quiet);
  try {
    build(session, args[0], options, output);
    output.finish();
  } catch (const orchestrate::ProgressError& e) {
    output.finish();
    fmt::print(stderr, "{}", output.kept());
    throw ExitError(e.message(), e.exit_code() == 0 ? 1 : e.exit_code());
  } catch (const Error&) {
    output.finish();
    throw;
  }
  if (!options.iid_file.empty()) fs::write_file_atomic(options.iid_file, output.image_id());
  if (options.request.quiet) fmt::print("{}\n", output.image_id());
  return 0;
}

}  // namespace

const Command kBuild{
    "build", "image", "build", "[OPTIONS] PATH | URL | -", "Build an image from a Dockerfile", run};

}  // namespace rundlet::cli
