// The rules of a .dockerignore file: docker's patterns over slash-separated paths relative to the context's root.
// Lines are Go filepath.Match patterns with "**" for any number of directories and "!" for exceptions; the last
// matching line wins; a match of a directory covers everything below it. Text rules only, no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rundlet::spec {

class Dockerignore {
 public:
  Dockerignore() = default;
  // The text of a .dockerignore file. Throws invalid_argument for a malformed pattern, naming it.
  static Dockerignore parse(std::string_view text);
  // Ready-made lines, "!" allowed; the same rules without comments.
  explicit Dockerignore(const std::vector<std::string>& lines);

  bool empty() const { return rules_.empty(); }
  // True when `path` ("src/main.c", no leading or trailing slash) is left out of the context: the last rule that
  // matches it, or one of its parent directories, excludes.
  bool excludes(std::string_view path) const;
  // True when an exception may re-include something below the excluded directory `path`, so that it must be walked.
  bool may_include_below(std::string_view path) const;

 private:
  struct Rule {
    std::vector<std::string> parts;  // pattern components; "**" stands for any number of them
    bool exception = false;
  };
  std::vector<Rule> rules_;
  bool has_exceptions_ = false;

  void add(std::string_view line);
  static bool matches(const Rule& rule, const std::vector<std::string_view>& path, size_t length);
};

// Go's filepath.Match for one path component or a whole slash-separated path: '*' and '?' do not match '/'; "[a-z]",
// "[^a]" and "\\c". Throws invalid_argument for a malformed pattern.
bool match_path_pattern(std::string_view pattern, std::string_view path);

}  // namespace rundlet::spec
