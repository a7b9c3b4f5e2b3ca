#include "runtime/init/stage_process.h"

#include <grp.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "runtime/isolation/apparmor.h"
#include "runtime/isolation/capabilities.h"
#include "runtime/isolation/rlimits.h"
#include "runtime/isolation/seccomp.h"

namespace rundlet::runtime {
namespace {

constexpr mode_t kDefaultUmask = 0022;
const dev_t kNullDevice = makedev(1, 3);

bool has_variable(const std::vector<std::string>& env, const std::string& name) {
  for (const std::string& entry : env)
    if (entry.starts_with(name + "=")) return true;
  return false;
}

std::vector<std::string> complete_environment(const spec::OciProcess& process) {
  std::vector<std::string> env = process.env;
  if (!has_variable(env, "HOME")) env.push_back("HOME=" + home_directory(process.user.uid));
  return env;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& one : strings) result.push_back(const_cast<char*>(one.c_str()));
  result.push_back(nullptr);
  return result;
}

// Else the container would hold the keys of whoever started the daemon. Kernels without keyrings have nothing
// to hide.
void new_session_keyring(const std::string& id) {
  std::string name = "_ses." + id;
  if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str()) < 0 && errno != ENOSYS)
    throw_errno("join a session keyring");
}

// A user who is not root may still open /dev/stdout. Shared or foreign files that refuse are not ours to give
// away.
void give_stdio_to(uint32_t uid) {
  for (int number = 0; number < 3; ++number) {
    struct stat status;
    if (::fstat(number, &status) < 0 || status.st_uid == uid || status.st_rdev == kNullDevice) continue;
    if (::fchown(number, uid, static_cast<gid_t>(-1)) == 0) continue;
    if (errno != EINVAL && errno != EPERM && errno != EROFS)
      throw_errno("give stdio to the container's user");
  }
}

void change_user(const spec::OciUser& user) {
  std::vector<gid_t> groups(user.additional_gids.begin(), user.additional_gids.end());
  if (::setgroups(groups.size(), groups.data()) < 0) throw_errno("setgroups");
  if (::setresgid(user.gid, user.gid, user.gid) < 0) throw_errno("setgid");
  if (::setresuid(user.uid, user.uid, user.uid) < 0) throw_errno("setuid");
}

// After the change of user, which the kernel takes as a reason to forget it.
void die_with_parent(const ProcessPlan& program) {
  if (program.die_with_parent && ::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
    throw_errno("prctl PR_SET_PDEATHSIG");
}

// Tried before and after the change of user: one of them may lack the right (root on NFS, a private home).
bool change_directory(const std::string& cwd) {
  if (::chdir(cwd.c_str()) == 0) return true;
  if (errno == EACCES) return false;
  throw_errno("chdir to cwd (\"" + cwd + "\") set in config.json failed");
}

void check_executable(const std::string& shown, const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) < 0) throw_errno("exec: \"" + shown + "\": stat " + path);
  if (S_ISDIR(status.st_mode))
    throw Error(ErrorCode::permission_denied, "exec: \"" + shown + "\": is a directory", EISDIR);
  if ((status.st_mode & 0111) == 0)
    throw Error(ErrorCode::permission_denied, "exec: \"" + shown + "\": permission denied", EACCES);
}

std::string path_of(const std::vector<std::string>& env) {
  std::string path;
  for (const std::string& entry : env)
    if (entry.starts_with("PATH=")) path = entry.substr(5);
  return path;
}

[[noreturn]] void execute(const std::string& path, const spec::OciProcess& process,
                          const std::vector<std::string>& env) {
  ::execve(path.c_str(), pointers(process.args).data(), pointers(env).data());
  int error = errno;
  std::string what = "exec: \"" + process.args.front() + "\"";
  // Bad interpreter or format: not the file that was asked for, so neither "not found" nor "permission".
  if (error == ENOENT || error == ENOEXEC) {
    std::string why = error == ENOENT ? "no such file or directory" : "exec format error";
    throw Error(error == ENOENT ? ErrorCode::not_found : ErrorCode::failed_precondition,
                "exec " + path + ": " + why, error);
  }
  if (error == EACCES) throw Error(ErrorCode::permission_denied, what + ": permission denied", error);
  throw_errno(what, error);
}

}  // namespace

void make_working_directory(const std::string& cwd) {
  if (!cwd.starts_with('/')) throw_invalid("cwd \"" + cwd + "\" is not an absolute path");
  if (::access(cwd.c_str(), F_OK) == 0) return;
  fs::make_directories(cwd);
}

std::string find_executable(const std::string& name, const std::vector<std::string>& env) {
  if (name.empty()) throw_not_found("exec: \"\": executable file not found in $PATH");
  if (name.find('/') != name.npos) {
    check_executable(name, name);
    return name;
  }
  std::string path = path_of(env);
  for (size_t begin = 0; begin <= path.size() && !path.empty();) {
    size_t end = std::min(path.find(':', begin), path.size());
    std::string directory = path.substr(begin, end - begin);
    std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    struct stat status;
    if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0)
      return candidate;
    begin = end + 1;
  }
  throw Error(ErrorCode::not_found, "exec: \"" + name + "\": executable file not found in $PATH", ENOENT);
}

std::string home_directory(uint32_t uid) {
  if (::access("/etc/passwd", R_OK) < 0) return "/";
  std::string text = read_file("/etc/passwd");
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::vector<std::string> fields(1);
    for (char c : text.substr(begin, end - begin)) {
      if (c == ':') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    if (fields.size() >= 6 && fields[2] == std::to_string(uid) && !fields[5].empty()) return fields[5];
    begin = end + 1;
  }
  return "/";
}

void prepare_process(const ProcessPlan& program) {
  const spec::OciProcess& process = program.process;
  if (process.args.empty()) throw_invalid("process.args is empty");
  change_directory(process.cwd);
  find_executable(process.args.front(), process.env);
}

void exec_process(const ProcessPlan& program) {
  const spec::OciProcess& process = program.process;
  CapabilitySets capabilities = capability_bits(process.capabilities.value_or(spec::OciCapabilities{}));
  std::vector<std::string> env = complete_environment(process);
  set_oom_score(process.oom_score_adj);
  set_rlimits(process.rlimits);
  new_session_keyring(program.id);
  apply_apparmor(process.apparmor_profile);
  apply_selinux(process.selinux_label);
  give_stdio_to(process.user.uid);
  ::umask(process.user.umask.value_or(kDefaultUmask));
  bool in_directory = change_directory(process.cwd);
  if (process.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    throw_errno("set no_new_privs");
  // Without no_new_privs the load needs CAP_SYS_ADMIN, which the change of user takes away.
  if (!process.no_new_privileges) load_seccomp(program.seccomp);
  drop_bounding_set(capabilities);
  change_user(process.user);
  set_capabilities(capabilities);
  die_with_parent(program);
  if (!in_directory && !change_directory(process.cwd))
    throw_errno("chdir to cwd (\"" + process.cwd + "\")", EACCES);
  std::string path = find_executable(process.args.front(), env);
  if (process.no_new_privileges) load_seccomp(program.seccomp);
  execute(path, process, env);
}

}  // namespace rundlet::runtime
