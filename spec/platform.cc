#include "spec/platform.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace rundlet::spec {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '.';
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t start = 0; start <= text.size();) {
    size_t end = std::min(text.find('/', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

bool is_known_os(std::string_view os) {
  constexpr std::string_view kKnown[] = {"linux",   "windows",   "darwin",  "freebsd", "netbsd",
                                         "openbsd", "dragonfly", "solaris", "android", "plan9",
                                         "aix",     "js",        "wasip1"};
  return std::find(std::begin(kKnown), std::end(kKnown), os) != std::end(kKnown);
}

// As containerd's platforms.normalizeArch.
void normalise(Platform& platform) {
  std::string& arch = platform.architecture;
  std::string& variant = platform.variant;
  if (platform.os == "macos") platform.os = "darwin";
  if (arch == "x86_64" || arch == "x86-64") arch = "amd64";
  if (arch == "i386") arch = "386";
  if (arch == "aarch64") arch = "arm64";
  if (arch == "armhf") arch = "arm", variant = "v7";
  if (arch == "armel") arch = "arm", variant = "v6";
  if (arch == "386") variant.clear();
  if (arch == "amd64" && variant == "v1") variant.clear();
  if (arch == "arm64" && (variant == "8" || variant == "v8")) variant.clear();
  if (arch == "arm") {
    if (variant.empty()) variant = "v7";
    if (variant[0] != 'v') variant = "v" + variant;
  }
}

// "v7" → 7; an absent variant is the architecture's first: amd64 v1, arm64 v8.
int variant_level(const Platform& platform) {
  if (platform.variant.empty())
    return platform.architecture == "arm64" ? 8 : platform.architecture == "arm" ? 7 : 1;
  int level = 0;
  for (char c : platform.variant.substr(platform.variant[0] == 'v' ? 1 : 0)) {
    if (c < '0' || c > '9') return -1;
    level = level * 10 + (c - '0');
    if (level > 1000) return -1;
  }
  return level;
}

}  // namespace

Platform Platform::host() {
#if defined(__x86_64__)
  return {"linux", "amd64", ""};
#elif defined(__aarch64__)
  return {"linux", "arm64", ""};
#elif defined(__riscv) && __riscv_xlen == 64
  return {"linux", "riscv64", ""};
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
  return {"linux", "ppc64le", ""};
#elif defined(__s390x__)
  return {"linux", "s390x", ""};
#else
#error "name this architecture as Go does"
#endif
}

Platform Platform::parse(std::string_view text) {
  auto parts = split(text);
  for (std::string_view part : parts)
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_word_char))
      throw_invalid("\"" + std::string(text) + "\" is an invalid platform specifier");
  if (parts.size() > 3) throw_invalid("\"" + std::string(text) + "\": cannot parse platform specifier");
  Platform platform;
  if (parts.size() == 1 && is_known_os(lower(parts[0]))) {
    platform = host();
    platform.os = lower(parts[0]);
  } else if (parts.size() == 1) {
    platform = {"linux", lower(parts[0]), ""};
  } else {
    platform = {lower(parts[0]), lower(parts[1]), parts.size() == 3 ? lower(parts[2]) : ""};
  }
  normalise(platform);
  return platform;
}

std::string Platform::str() const {
  std::string text = os + "/" + architecture;
  return variant.empty() ? text : text + "/" + variant;
}

bool Platform::runs(const Platform& image) const {
  Platform wanted = image;
  normalise(wanted);
  if (os != wanted.os) return false;
  if (architecture == "amd64" && wanted.architecture == "386") return true;
  if (architecture == "arm64" && wanted.architecture == "arm") return variant_level(wanted) <= 8;
  if (architecture != wanted.architecture) return false;
  if (variant == wanted.variant) return true;
  int have = variant_level(*this);
  int need = variant_level(wanted);
  return need >= 0 && need <= have;
}

}  // namespace rundlet::spec
