#include <seccomp.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "runtime/client/shim_client.h"
#include "runtime/isolation/seccomp_compile.h"

namespace rundlet::runtime {
namespace {

// All that the program depends on.
std::string cache_key(const spec::OciSeccomp& profile) {
  spec::OciConfig config;
  config.linux_.seccomp = profile;
  const scmp_version* version = ::seccomp_version();
  std::string library = std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                        std::to_string(version->micro);
  return "rundlet " RUNDLET_VERSION ", libseccomp " + library + "\n" + spec::to_json(config);
}

// FNV-1a. Not proof against a made-up collision: the key lies beside the program and is compared.
std::string hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  char digits[17];
  ::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

bool holds(const std::string& path, const std::string& key) {
  try {
    return read_file(path) == key;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return false;
    throw;
  }
}

std::string as_bytes(const std::vector<sock_filter>& program) {
  std::string bytes(program.size() * sizeof(sock_filter), '\0');
  std::memcpy(bytes.data(), program.data(), bytes.size());
  return bytes;
}

constexpr char kProgramSuffix[] = ".bpf", kKeySuffix[] = ".key";

}  // namespace

spec::OciSeccomp profile_of_program(const std::string& path) {
  if (!path.ends_with(kProgramSuffix)) throw_invalid("not a program of the seccomp cache: " + path);
  std::string key = read_file(path.substr(0, path.size() - (sizeof kProgramSuffix - 1)) + kKeySuffix);
  spec::OciConfig config = spec::parse_oci_config(key.substr(key.find('\n') + 1));
  if (!config.linux_.seccomp) throw_invalid("not a program of the seccomp cache: " + path);
  return *config.linux_.seccomp;
}

std::string compile_seccomp(const spec::OciSeccomp& profile, const std::string& cache_directory) {
  std::string key = cache_key(profile);
  std::string base = cache_directory + "/seccomp-" + hash_of(key);
  if (holds(base + kKeySuffix, key) && ::access((base + kProgramSuffix).c_str(), R_OK) == 0)
    return base + kProgramSuffix;
  std::vector<sock_filter> program = compile_program(profile);
  fs::make_directories(cache_directory, 0700);
  // The key last: it vouches for the program.
  ::unlink((base + kKeySuffix).c_str());
  fs::write_file_atomic(base + kProgramSuffix, as_bytes(program), 0600);
  fs::write_file_atomic(base + kKeySuffix, key, 0600);
  return base + kProgramSuffix;
}

}  // namespace rundlet::runtime
