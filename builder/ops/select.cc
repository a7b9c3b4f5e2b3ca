#include "builder/ops/select.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/error.h"
#include "spec/dockerignore.h"

namespace rundlet::builder::ops {
namespace {

bool has_wildcards(std::string_view text) {
  return text.find_first_of("*?[\\") != text.npos;
}

std::vector<std::string> components_of(const std::string& path) {
  std::vector<std::string> parts;
  std::string clean = fs::clean_path("/" + path);
  for (size_t at = 1; at < clean.size();) {
    size_t end = std::min(clean.find('/', at), clean.size());
    parts.push_back(clean.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::vector<std::string> names_in(const fs::RootedPath& tree, const std::string& directory) {
  std::vector<std::string> names;
  Fd fd;
  try {
    fd = tree.open(directory, O_RDONLY | O_DIRECTORY);
  } catch (const Error& e) {
    if (e.errno_value() == ENOTDIR || e.errno_value() == ENOENT) return names;
    throw;
  }
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), ::closedir);
  if (!stream) throw_errno("read directory " + directory);
  fd.release();
  for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) throw_errno("read directory " + directory);
  std::sort(names.begin(), names.end());
  return names;
}

std::string join(const std::string& directory, const std::string& name) {
  return directory == "." ? name : directory + "/" + name;
}

// One component further: from the directories matched so far to what matches in them.
std::vector<std::string> expand(const fs::RootedPath& tree, const std::vector<std::string>& paths,
                                const std::string& component) {
  std::vector<std::string> result;
  for (const std::string& path : paths) {
    if (!has_wildcards(component)) {
      result.push_back(join(path, component));
      continue;
    }
    for (const std::string& name : names_in(tree, path)) {
      if (spec::match_path_pattern(component, name)) result.push_back(join(path, name));
    }
  }
  return result;
}

}  // namespace

std::vector<Selected> select(const fs::RootedPath& tree, const std::string& pattern) {
  std::vector<std::string> paths = {"."};
  for (const std::string& component : components_of(pattern)) paths = expand(tree, paths, component);
  std::vector<Selected> selected;
  for (const std::string& path : paths) {
    try {
      Fd fd = tree.open(path, O_PATH);
      Selected one{path, path.substr(path.rfind('/') + 1), std::move(fd), {}};
      if (::fstat(one.fd.get(), &one.info) != 0) throw_errno("stat " + path);
      selected.push_back(std::move(one));
    } catch (const Error& e) {
      if (e.errno_value() != ENOENT && e.errno_value() != ENOTDIR) throw;
    }
  }
  return selected;
}

}  // namespace rundlet::builder::ops
