#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "tests/unit/builder/golden.h"

namespace rundlet::builder {
namespace {

std::vector<std::string> files_in(const std::string& directory, const std::string& suffix) {
  std::vector<std::string> names;
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) throw_errno(directory);
  while (dirent* entry = ::readdir(stream)) {
    std::string name = entry->d_name;
    if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string case_directory(const std::string& relative) {
  char path[PATH_MAX];
  ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  std::string directory(path, size > 0 ? static_cast<size_t>(size) : 0);
  while (!directory.empty()) {
    directory.resize(directory.rfind('/'));
    std::string candidate = directory + "/tests/unit/builder/" + relative;
    if (::access(candidate.c_str(), F_OK) == 0) return candidate;
  }
  return "tests/unit/builder/" + relative;
}

void check_cases(const std::string& directory, const std::string& suffix,
                 const std::function<std::string(const std::string& content)>& produce) {
  auto names = files_in(directory, suffix);
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    std::string result;
    try {
      result = produce(read_file(directory + "/" + name + suffix));
    } catch (const Error& e) {
      result = "error: " + e.message() + "\n";
    }
    std::string golden = directory + "/" + name + ".expected";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) write_file(golden, result);
    EXPECT_EQ(result, read_file(golden));
  }
}

}  // namespace rundlet::builder
