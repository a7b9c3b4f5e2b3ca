#include "base/proc/pidfd.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/error.h"

namespace rundlet::proc {

std::optional<Fd> open_pidfd(pid_t pid) {
  long fd = ::syscall(SYS_pidfd_open, pid, 0);  // always CLOEXEC
  if (fd >= 0) return Fd(static_cast<int>(fd));
  if (errno == ESRCH) return std::nullopt;
  throw_errno("pidfd_open " + std::to_string(pid));
}

bool send_signal(const Fd& pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  throw_errno("send signal " + std::to_string(signal));
}

std::optional<uint64_t> start_time(pid_t pid) {
  constexpr int kFieldsAfterName = 20;  // field 22; the name, field 2, may itself hold spaces and parentheses
  std::string text;
  try {
    text = read_file("/proc/" + std::to_string(pid) + "/stat");
  } catch (const Error& e) {
    if (e.errno_value() == ENOENT || e.errno_value() == ESRCH) return std::nullopt;
    throw;
  }
  size_t pos = text.rfind(')');
  for (int field = 0; field < kFieldsAfterName && pos != text.npos; ++field) pos = text.find(' ', pos + 1);
  uint64_t ticks = 0;
  if (pos == text.npos || std::from_chars(&text[pos + 1], text.data() + text.size(), ticks).ec != std::errc())
    throw_error(ErrorCode::internal, "unreadable /proc/" + std::to_string(pid) + "/stat: " + text);
  return ticks;
}

std::string boot_id() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace rundlet::proc
