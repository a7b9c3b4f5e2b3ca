#include "cli/options/create_options.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "base/fd.h"
#include "cli/pull_image.h"

namespace rundlet::cli {
namespace {

// The file is there before the container, so that a second one of the same name is refused in time; it goes
// again when nothing came of it.
class CidFile {
 public:
  explicit CidFile(const std::string& path) : path_(path) {
    if (path.empty()) return;
    file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file_) return;
    if (errno == EEXIST)
      throw_invalid("container ID file found, make sure the other container isn't running or delete " + path);
    throw_errno("failed to create the container ID file " + path);
  }
  ~CidFile() {
    if (file_) ::unlink(path_.c_str());
  }
  void write(const std::string& id) {
    if (!file_) return;
    write_all(file_.get(), id);
    file_.reset();
  }

 private:
  std::string path_;
  Fd file_;
};

// An image may also be given by its id, which cannot be pulled.
std::optional<spec::Reference> as_reference(const std::string& image) {
  try {
    return spec::Reference::parse(image);
  } catch (const Error&) {
    if (image.size() == 64 || image.starts_with("sha256:")) return std::nullopt;
    throw;
  }
}

}  // namespace

void add_pull_flags(FlagSet& flags, PullOptions& pull) {
  flags.text(pull.policy, 0, "pull", "Pull image before running (\"always\", \"missing\", \"never\")");
  flags.toggle(pull.quiet, 'q', "quiet", "Suppress the pull output");
}

void check_pull_options(const PullOptions& pull) {
  if (pull.policy != "always" && pull.policy != "missing" && pull.policy != "never" && !pull.policy.empty())
    throw_invalid(fmt::format(
        "invalid pull option: '{}': must be one of \"always\", \"missing\" or \"never\"", pull.policy));
}

std::string create_container(Session& session, const spec::docker_api::CreateContainerRequest& request,
                             const ContainerOptions& options, const PullOptions& pull) {
  const std::string& image = request.config.image;
  CidFile cid_file(options.cid_file);
  auto reference = as_reference(image);
  if (reference && pull.policy == "always")
    pull_image(session, *reference, options.platform, pull.quiet, STDERR_FILENO);
  auto create = [&] { return session.engine().create_container(request, options.name, options.platform); };
  spec::docker_api::ContainerCreated created;
  try {
    created = create();
  } catch (const orchestrate::EngineError& e) {
    if (e.code() != ErrorCode::not_found || !reference || pull.policy == "never" || pull.policy == "always")
      throw;
    if (!pull.quiet) fmt::print(stderr, "Unable to find image '{}' locally\n", reference->familiar());
    pull_image(session, *reference, options.platform, pull.quiet, STDERR_FILENO);
    created = create();
  }
  for (const std::string& warning : created.warnings) fmt::print(stderr, "WARNING: {}\n", warning);
  cid_file.write(created.id);
  return created.id;
}

}  // namespace rundlet::cli
