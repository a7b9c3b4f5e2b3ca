// The names of signals, as `docker kill --signal` and STOPSIGNAL take them.
#include <signal.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/proc/pidfd.h"

namespace rundlet::proc {
namespace {

// The kernel's range: glibc keeps the first two real-time signals to itself, docker counts from 34 as it
// does.
constexpr int kRealTimeMin = 34;
constexpr int kRealTimeMax = 64;

constexpr std::pair<std::string_view, int> kSignals[] = {
    {"ABRT", SIGABRT}, {"ALRM", SIGALRM},     {"BUS", SIGBUS},     {"CHLD", SIGCHLD}, {"CLD", SIGCHLD},
    {"CONT", SIGCONT}, {"FPE", SIGFPE},       {"HUP", SIGHUP},     {"ILL", SIGILL},   {"INT", SIGINT},
    {"IO", SIGIO},     {"IOT", SIGABRT},      {"KILL", SIGKILL},   {"PIPE", SIGPIPE}, {"POLL", SIGIO},
    {"PROF", SIGPROF}, {"PWR", SIGPWR},       {"QUIT", SIGQUIT},   {"SEGV", SIGSEGV}, {"STKFLT", SIGSTKFLT},
    {"STOP", SIGSTOP}, {"SYS", SIGSYS},       {"TERM", SIGTERM},   {"TRAP", SIGTRAP}, {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"UNUSED", SIGSYS},  {"URG", SIGURG},   {"USR1", SIGUSR1},
    {"USR2", SIGUSR2}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH}, {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
};

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> in_range(std::optional<int> value, int low, int high) {
  return value && *value >= low && *value <= high ? value : std::nullopt;
}

// "RTMIN", "RTMIN+3", "RTMAX-2"; `text` is what follows the base's name.
std::optional<int> real_time(int base, char sign, std::string_view text) {
  if (text.empty()) return base;
  if (text[0] != sign || text.size() < 2 || text[1] == '-') return std::nullopt;
  auto offset = number(text.substr(1));
  if (offset) offset = sign == '+' ? base + *offset : base - *offset;
  return in_range(offset, kRealTimeMin, kRealTimeMax);
}

}  // namespace

std::optional<int> signal_from_string(const std::string& name) {
  if (auto value = number(name)) return in_range(value, 1, kRealTimeMax);
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string_view wanted = upper;
  if (wanted.starts_with("SIG")) wanted.remove_prefix(3);
  if (wanted.starts_with("RTMIN")) return real_time(kRealTimeMin, '+', wanted.substr(5));
  if (wanted.starts_with("RTMAX")) return real_time(kRealTimeMax, '-', wanted.substr(5));
  for (const auto& [known, value] : kSignals)
    if (known == wanted) return value;
  return std::nullopt;
}

}  // namespace rundlet::proc
