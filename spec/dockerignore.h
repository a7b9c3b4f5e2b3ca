// The rules of a .dockerignore file: docker's patterns over slash-separated paths relative to the context's
// root. Lines are Go filepath.Match patterns with "**" for any number of directories and "!" for exceptions;
// the last matching line wins; a match of a directory covers everything below it. Text rules only, no I/O.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rundlet::spec {

// One compiled pattern. Matching takes time proportional to pattern length × path length.
class PathPattern {
 public:
  // Throws invalid_argument for malformed text. With `double_star`, "**" crosses directories; without, it is
  // "*".
  PathPattern(std::string_view text, bool double_star);
  bool matches(std::string_view path) const;
  // True when some path below the directory `path` may match.
  bool may_match_below(std::string_view path) const;

 private:
  enum class Kind { literal, any_char, any_name, anything, directories, char_class };
  struct Token {
    Kind kind;
    char literal = 0;
    bool negated = false;
    std::vector<std::pair<char, char>> ranges;
  };
  using Positions = std::vector<bool>;
  std::vector<Token> tokens_;

  size_t add_star(std::string_view text, size_t at, bool double_star);
  size_t add_class(std::string_view text, size_t at);
  static Positions step(const Token& token, const Positions& from, std::string_view path);
  static bool accepts(const Token& token, char c);
};

class Dockerignore {
 public:
  Dockerignore() = default;
  // The text of a .dockerignore file. Throws invalid_argument for a malformed pattern, naming it.
  static Dockerignore parse(std::string_view text);
  // Ready-made lines, "!" allowed; the same rules without comments.
  explicit Dockerignore(const std::vector<std::string>& lines);

  bool empty() const { return rules_.empty(); }
  // True when `path` ("src/main.c", no leading or trailing slash) is left out of the context: the last rule
  // that matches it, or one of its parent directories, excludes.
  bool excludes(std::string_view path) const;
  // True when an exception may re-include something below the excluded directory `path`, so that it must be
  // walked.
  bool may_include_below(std::string_view path) const;

 private:
  struct Rule {
    PathPattern pattern;
    bool exception = false;
  };
  std::vector<Rule> rules_;

  void add(std::string_view line);
};

// Go's filepath.Match for one path component or a whole slash-separated path: '*' and '?' do not match '/';
// "[a-z]",
// "[^a]" and "\\c". Throws invalid_argument for a malformed pattern.
bool match_path_pattern(std::string_view pattern, std::string_view path);

}  // namespace rundlet::spec
