#include "builder/context/context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/fs/rooted_path.h"
#include "base/fs/tree_walk.h"
#include "base/log.h"
#include "base/random.h"
#include "builder/context/git.h"
#include "builder/ops/extract.h"
#include "builder/ops/http_get.h"
#include "spec/dockerignore.h"

namespace rundlet::builder::context {
namespace {

constexpr off_t kMaxDockerfile = 4 << 20;
constexpr uint64_t kMaxArchive = uint64_t{16} << 30;

// O_NONBLOCK: a context may hold a fifo.
std::string read_small_file(const fs::RootedPath& root, const std::string& path) {
  Fd file = root.open(path, O_RDONLY | O_NONBLOCK);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) throw_errno("stat " + path);
  if (!S_ISREG(info.st_mode)) throw_invalid(path + " is not a regular file");
  if (info.st_size > kMaxDockerfile) throw_invalid(path + " is too large");
  return read_all(file.get());
}

std::string read_dockerfile(const std::string& directory, const std::string& name) {
  fs::RootedPath root(directory);
  std::string text;
  try {
    text = read_small_file(root, name);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::not_found) throw;
    throw_invalid(fmt::format("Cannot locate specified Dockerfile: {}", name));
  }
  if (text.empty()) throw_invalid(fmt::format("The Dockerfile ({}) cannot be empty", name));
  return text;
}

class RemoveExcluded : public fs::TreeWalk {
 public:
  explicit RemoveExcluded(const spec::Dockerignore& rules) : rules_(rules) {}

 protected:
  void visit(int directory, const std::string& name) override {
    if (!excluded(name)) return;
    if (::unlinkat(directory, name.c_str(), 0) != 0) throw_errno("remove " + path_of(name));
  }
  // An excluded directory stays when something in it was brought back by an exception.
  bool leave(int parent, const std::string& name) override {
    if (name == "." || !excluded(name)) return false;
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOTEMPTY && errno != EEXIST) {
      throw_errno("remove " + path_of(name));
    }
    return false;
  }
  void mount_point(const std::string& name) override {
    throw_error(ErrorCode::failed_precondition, path_of(name) + " is a mount point");
  }

 private:
  bool excluded(const std::string& name) const { return rules_.excludes(fs::clean_path(path_of(name))); }
  const spec::Dockerignore& rules_;
};

// An archive is unpacked; anything else is taken for a Dockerfile alone.
void download(const std::string& url, const std::string& to, const std::string& dockerfile,
              const Cancel& cancel) {
  std::string archive = to + "/download";
  Fd file = open_file(archive, O_RDWR | O_CREAT | O_EXCL, 0600);
  ops::HttpFetch fetched = ops::http_get(url, {}, file.get(), kMaxArchive, cancel);
  if (fetched.status != 200) {
    throw_invalid(fmt::format("error downloading remote context {}: status {}", url, fetched.status));
  }
  std::string directory = to + "/context";
  fs::make_directories(directory, 0755);
  fs::RootedPath source(to), target(directory);
  auto selected = ops::select(source, "download");
  if (!ops::extract_archive(selected.at(0), target, "/", image_store::Owner{})) {
    fs::RootedPath::Parent at = target.parent_of(dockerfile);
    if (::renameat(AT_FDCWD, archive.c_str(), at.directory.get(), at.name.c_str()) != 0)
      throw_errno("rename");
  }
}

}  // namespace

ScratchDirectory::ScratchDirectory(const std::string& parent) : path_(parent + "/" + random_hex(8)) {
  fs::make_directories(path_, 0700);
}

ScratchDirectory::~ScratchDirectory() {
  try {
    fs::remove_tree(path_);
  } catch (const std::exception& e) {  // removed at the next start
    log::error("{}: {}", path_, e.what());
  }
}

void unpack_context(std::unique_ptr<codec::Source> archive, const std::string& directory) {
  fs::RootedPath root(directory);
  ops::extract_stream(std::move(archive), root, "/", image_store::Owner{});
}

void apply_dockerignore(const std::string& directory, const std::string& dockerfile) {
  fs::RootedPath root(directory);
  std::string name = dockerfile + ".dockerignore";
  if (!root.exists(name)) name = ".dockerignore";
  if (!root.exists(name)) return;
  auto rules = spec::Dockerignore::parse(read_small_file(root, name));
  if (rules.empty()) return;
  RemoveExcluded(rules).run(root.root(), ".");
}

Context open_context(const std::string& directory, const std::string& remote, const std::string& dockerfile,
                     const std::string& scratch_root, const Cancel& cancel) {
  Context context;
  context.directory = directory;
  if (!remote.empty()) {
    context.scratch = std::make_unique<ScratchDirectory>(scratch_root);
    if (is_git_url(remote)) {
      context.directory = clone(remote, context.scratch->path(), cancel);
    } else if (remote.starts_with("http://") || remote.starts_with("https://")) {
      download(remote, context.scratch->path(), dockerfile, cancel);
      context.directory = context.scratch->path() + "/context";
    } else {
      throw_invalid(fmt::format("remote context {} is not supported", remote));
    }
  }
  context.dockerfile = read_dockerfile(context.directory, dockerfile);
  apply_dockerignore(context.directory, dockerfile);
  return context;
}

}  // namespace rundlet::builder::context
