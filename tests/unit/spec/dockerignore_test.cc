#include "spec/dockerignore.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::spec {
namespace {

bool excludes(const char* rules, const char* path) {
  return Dockerignore::parse(rules).excludes(path);
}

// Cases of moby/patternmatcher's own table, re-told.
TEST(Dockerignore, Patterns) {
  struct {
    const char* pattern;
    const char* path;
    bool excluded;
  } cases[] = {
      {"**", "file", true},
      {"**", "dir/file", true},
      {"**/", "dir/file", true},
      {"**/**", "dir/file", true},
      {"dir/**", "dir/file", true},
      {"dir/**", "dir/dir2/file", true},
      {"dir/**", "other/file", false},
      {"**/file", "file", true},
      {"**/file", "dir/file", true},
      {"**/file", "dir/dir/file", true},
      {"**/file", "dir/xfile", false},
      {"**/file*", "dir/file.txt", true},
      {"**/file*txt", "dir/file.txt", true},
      {"**/file*.txt*", "dir/file.txt", true},
      {"a/**/*.txt", "a/file.txt", true},
      {"a/**/*.txt", "a/b/file.txt", true},
      {"a/**/*.txt", "b/file.txt", false},
      {"**/*.go", "a/b/c.go", true},
      {"foo**", "foo/bar", true},
      {"foo**bar", "foo/x/bar", true},
      {"a*", "ab/c", true},
      {"*", "a/b", true},
      {"?", "a", true},
      {"a?", "a/", false},
      {"a/b", "a/b/c", true},
      {"/a", "a", true},
      {"a/", "a", true},
      {"./a", "a", true},
      {"a/../b", "b", true},
      {"[a-c]x", "bx", true},
      {"[^a-c]x", "bx", false},
      {"[^a-c]x", "dx", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"*.md", "README.md", true},
      {"*.md", "docs/README.md", false},
      {".git", ".gitignore", false},
      {"  spaced  ", "spaced", true},
      {"# note", "# note", false},
      {" # not a comment", "# not a comment", true},
      {"a b", "a b", true},
      {"dir/*", "dir/a/b", true},
      {"b", "a/b", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(excludes(c.pattern, c.path), c.excluded) << c.pattern << " " << c.path;
}

TEST(Dockerignore, LastMatchWins) {
  EXPECT_FALSE(excludes("*.md\n!README.md", "README.md"));
  EXPECT_TRUE(excludes("!README.md\n*.md", "README.md"));
  EXPECT_TRUE(excludes("*\n!a\na/b", "a/b"));
  EXPECT_FALSE(excludes("*\n!a\na/b", "a/c"));
  EXPECT_FALSE(excludes("dir\n!dir/keep", "dir/keep/file"));
  EXPECT_TRUE(excludes("dir\n!dir/keep", "dir/drop"));
  EXPECT_FALSE(excludes("*\n! spaced", "spaced"));
}

TEST(Dockerignore, ReadsFilesAsDockerDoes) {
  EXPECT_TRUE(
      excludes("\xEF\xBB\xBF"
               "a",
               "a"));
  EXPECT_TRUE(excludes("x\r\ny\r\n", "x"));
  EXPECT_TRUE(Dockerignore::parse("# only\n\n   \n").empty());
  EXPECT_THROW(Dockerignore::parse("!"), Error);
  EXPECT_THROW(Dockerignore::parse("[a"), Error);
  EXPECT_THROW(Dockerignore::parse("a\\"), Error);
}

TEST(Dockerignore, SaysWhereAnExcludedDirectoryMustBeWalked) {
  auto rules = Dockerignore::parse("dir\nother\n!dir/sub/*.txt\n!deep/**/x");
  EXPECT_TRUE(rules.may_include_below("dir"));
  EXPECT_TRUE(rules.may_include_below("dir/sub"));
  EXPECT_FALSE(rules.may_include_below("other"));
  EXPECT_FALSE(rules.may_include_below("dir/no"));
  EXPECT_TRUE(rules.may_include_below("deep/a/b"));
}

TEST(Dockerignore, HostilePatternsTakeNoLongerThanTheirLength) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(Dockerignore::parse(pattern + "b").excludes(std::string(2000, 'a')));
}

TEST(PathPattern, GoMatch) {
  EXPECT_TRUE(match_path_pattern("*.c", "a.c"));
  EXPECT_FALSE(match_path_pattern("*.c", "d/a.c"));
  EXPECT_TRUE(match_path_pattern("d/*.c", "d/a.c"));
  EXPECT_FALSE(match_path_pattern("**", "d/a.c"));
  EXPECT_FALSE(match_path_pattern("[^a]", "/"));
  EXPECT_THROW(match_path_pattern("[]a]", "a"), Error);
  EXPECT_THROW(match_path_pattern("[-]", "-"), Error);
}

}  // namespace
}  // namespace rundlet::spec
