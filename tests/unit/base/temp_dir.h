// A directory of a test's own, removed with all it holds.
#pragma once

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/fs/remove_tree.h"

namespace rundlet::test {

class TempDir {
 public:
  TempDir() : path_("/tmp/rundlet-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw_errno("mkdtemp");
  }
  ~TempDir() { fs::remove_tree(path_); }
  TempDir(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The name of the code of the Error that f throws, "no error" when it throws none.
template <class F>
std::string thrown_code(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return std::string(to_string(e.code()));
  }
  return "no error";
}

template <class F>
std::string thrown_message(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

}  // namespace rundlet::test
