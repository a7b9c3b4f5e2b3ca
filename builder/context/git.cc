#include "builder/context/git.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/fs/rooted_path.h"
#include "base/proc/pidfd.h"
#include "base/proc/spawn.h"

namespace rundlet::builder::context {
namespace {

bool ends_with_git(std::string_view url) {
  return url.substr(0, url.find('#')).ends_with(".git");
}

// Throws with what git wrote to its stderr.
void run_git(const std::string& directory, std::vector<std::string> arguments, const Cancel& cancel) {
  proc::SpawnSpec spec;
  // Nothing may ask for a password, and nothing but the network is read.
  spec.argv = {"git",
               "-c",
               "protocol.ext.allow=never",
               "-c",
               "protocol.file.allow=never",
               "-c",
               "core.hooksPath=/dev/null"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.env = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "GIT_TERMINAL_PROMPT=0",
              "GIT_CONFIG_NOSYSTEM=1", "GIT_SSH_COMMAND=ssh -o BatchMode=yes"};
  spec.directory = directory;
  spec.new_session = true;
  Fd errors = make_memfd("git-errors");
  spec.fds = {{errors.get(), STDERR_FILENO}};
  proc::Child child = proc::spawn(spec);
  pollfd fds[] = {{child.pidfd.get(), POLLIN, 0}, {cancel ? cancel->fd() : -1, POLLIN, 0}};
  while (fds[0].revents == 0) {
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) throw_errno("poll");
    if (fds[1].revents == 0) continue;
    proc::send_signal(child.pidfd, SIGKILL);
    fds[1].fd = -1;
    fds[1].revents = 0;
  }
  proc::ExitStatus status = proc::wait(child);
  check_cancelled(cancel);
  if (status.code == 0) return;
  if (::lseek(errors.get(), 0, SEEK_SET) < 0) throw_errno("read git's errors");
  throw_invalid(fmt::format("git {} failed: {}", arguments.front(), read_all(errors.get())));
}

std::string path_inside(const std::string& root, const std::string& directory) {
  Fd fd = fs::RootedPath(root).open(directory.empty() ? "." : directory, O_PATH | O_DIRECTORY);
  char path[PATH_MAX];
  ssize_t size = ::readlink(fs::fd_path(fd.get()).c_str(), path, sizeof path);
  if (size < 0) throw_errno("readlink");
  return std::string(path, static_cast<size_t>(size));
}

}  // namespace

bool is_git_url(std::string_view url) {
  if (url.starts_with("git://") || url.starts_with("git@") || url.starts_with("ssh://")) return true;
  if (url.starts_with("github.com/")) return true;
  return (url.starts_with("http://") || url.starts_with("https://")) && ends_with_git(url);
}

GitUrl parse_git_url(std::string_view url) {
  GitUrl result;
  size_t hash = url.find('#');
  result.repository = url.substr(0, hash);
  if (result.repository.starts_with("github.com/")) result.repository = "https://" + result.repository;
  if (hash == url.npos) return result;
  std::string_view fragment = url.substr(hash + 1);
  size_t colon = fragment.find(':');
  result.ref = fragment.substr(0, colon);
  if (colon != fragment.npos) result.directory = fragment.substr(colon + 1);
  return result;
}

std::string clone(const std::string& url, const std::string& to, const Cancel& cancel) {
  GitUrl source = parse_git_url(url);
  std::string ref = source.ref.empty() ? "HEAD" : source.ref;
  if (ref.starts_with('-') || source.repository.starts_with('-')) throw_invalid("malformed git URL " + url);
  std::string checkout = to + "/git";
  fs::make_directories(checkout, 0755);
  try {
    run_git(checkout, {"init", "--quiet"}, cancel);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::not_found) throw;
    throw_error(ErrorCode::failed_precondition,
                "a git build context needs the git program, which is not installed");
  }
  run_git(checkout, {"fetch", "--quiet", "--depth", "1", source.repository, ref}, cancel);
  run_git(checkout, {"checkout", "--quiet", "FETCH_HEAD"}, cancel);
  run_git(checkout, {"submodule", "update", "--quiet", "--init", "--recursive", "--depth", "1"}, cancel);
  fs::remove_tree(checkout + "/.git");
  return path_inside(checkout, source.directory);
}

}  // namespace rundlet::builder::context
