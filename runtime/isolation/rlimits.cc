#include "runtime/isolation/rlimits.h"

#include <sys/resource.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {
namespace {

constexpr std::array<std::pair<const char*, int>, 16> kLimits{{{"RLIMIT_AS", RLIMIT_AS},
                                                               {"RLIMIT_CORE", RLIMIT_CORE},
                                                               {"RLIMIT_CPU", RLIMIT_CPU},
                                                               {"RLIMIT_DATA", RLIMIT_DATA},
                                                               {"RLIMIT_FSIZE", RLIMIT_FSIZE},
                                                               {"RLIMIT_LOCKS", RLIMIT_LOCKS},
                                                               {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
                                                               {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
                                                               {"RLIMIT_NICE", RLIMIT_NICE},
                                                               {"RLIMIT_NOFILE", RLIMIT_NOFILE},
                                                               {"RLIMIT_NPROC", RLIMIT_NPROC},
                                                               {"RLIMIT_RSS", RLIMIT_RSS},
                                                               {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
                                                               {"RLIMIT_RTTIME", RLIMIT_RTTIME},
                                                               {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
                                                               {"RLIMIT_STACK", RLIMIT_STACK}}};

__rlimit_resource limit_of(const std::string& type) {
  for (const auto& [name, number] : kLimits)
    if (name == type) return static_cast<__rlimit_resource>(number);
  throw_invalid("unknown rlimit " + type);
}

}  // namespace

void set_rlimits(const std::vector<spec::OciRlimit>& limits) {
  for (const spec::OciRlimit& limit : limits) {
    rlimit value = {limit.soft, limit.hard};
    if (::setrlimit(limit_of(limit.type), &value) < 0) throw_errno("error setting rlimit type " + limit.type);
  }
}

void set_oom_score(std::optional<int> score) {
  constexpr char kPath[] = "/proc/self/oom_score_adj";
  if (!score || std::atoi(read_file(kPath).c_str()) == *score) return;
  write_file(kPath, std::to_string(*score));
}

}  // namespace rundlet::runtime
