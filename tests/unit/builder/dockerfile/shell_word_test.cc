#include "builder/dockerfile/shell_word.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::builder::dockerfile {
namespace {

std::optional<std::string> variables(std::string_view name) {
  if (name == "SET") return "value";
  if (name == "EMPTY") return "";
  if (name == "PORTS") return "80 443/tcp";
  if (name == "FILE") return "archive.tar.gz";
  if (name == "DIR") return "/usr/local/lib";
  return {};
}

std::string expand(std::string_view word) {
  return expand_word(word, variables);
}
std::string error_of(std::string_view word) {
  try {
    expand(word);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

struct Case {
  const char *word, *expected;
};

TEST(ShellWord, ExpandsAsAShellDoes) {
  const Case cases[] = {
      {"plain", "plain"},
      {"$SET", "value"},
      {"${SET}", "value"},
      {"a${SET}b", "avalueb"},
      {"$SETx", ""},
      {"$UNSET", ""},
      {"$", "$"},
      {"a$", "a$"},
      {"\\$SET", "$SET"},
      {"\\\\$SET", "\\value"},
      {"'$SET'", "$SET"},
      {"'a\\b'", "a\\b"},
      {"\"$SET x\"", "value x"},
      {"\"\\$SET\"", "$SET"},
      {"\"a\\b\"", "a\\b"},
      {"\"it's\"", "it's"},
      {"${UNSET:-default}", "default"},
      {"${EMPTY:-default}", "default"},
      {"${EMPTY-default}", ""},
      {"${UNSET-default}", "default"},
      {"${SET:+other}", "other"},
      {"${EMPTY:+other}", ""},
      {"${EMPTY+other}", "other"},
      {"${UNSET:-${SET}/x}", "value/x"},
      {"${UNSET:-\"a b\"}", "a b"},
      {"${FILE#*.}", "tar.gz"},
      {"${FILE##*.}", "gz"},
      {"${FILE%.*}", "archive.tar"},
      {"${FILE%%.*}", "archive"},
      {"${DIR/usr/opt}", "/opt/local/lib"},
      {"${DIR//l/L}", "/usr/LocaL/Lib"},
      {"${DIR/\\//_}", "_usr/local/lib"},
      {"${SET:?must be set}", "value"},
  };
  for (const Case& c : cases) EXPECT_EQ(expand(c.word), c.expected) << c.word;
}

TEST(ShellWord, SplitsWhatIsNotQuoted) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(expand_words("$PORTS", variables), (Words{"80", "443/tcp"}));
  EXPECT_EQ(expand_words("\"$PORTS\"", variables), (Words{"80 443/tcp"}));
  EXPECT_EQ(expand_words("a\\ b c", variables), (Words{"a b", "c"}));
  EXPECT_EQ(expand_words("\"\" x", variables), (Words{"", "x"}));
  EXPECT_EQ(expand_words("$EMPTY", variables), Words{});
}

TEST(ShellWord, HonoursTheEscapeCharacter) {
  EXPECT_EQ(expand_word("c:\\$SET", variables, {'`', false}), "c:\\value");
  EXPECT_EQ(expand_word("`$SET", variables, {'`', false}), "$SET");
}

TEST(ShellWord, KeepsQuotesInHeredocs) {
  EXPECT_EQ(expand_word("echo \"$SET\" 'a' \\n \\$SET", variables, {'\\', true}),
            "echo \"value\" 'a' \\n $SET");
}

TEST(ShellWord, ReportsWhatIsMalformed) {
  EXPECT_EQ(error_of("'abc"), "unexpected end of statement while looking for matching single-quote");
  EXPECT_EQ(error_of("\"abc"), "unexpected end of statement while looking for matching double-quote");
  EXPECT_EQ(error_of("${SET"), "syntax error: missing '}'");
  EXPECT_EQ(error_of("${SET:-x"), "syntax error: missing '}'");
  EXPECT_EQ(error_of("${}"), "syntax error: bad substitution");
  EXPECT_EQ(error_of("${SET^x}"), "unsupported modifier (^) in substitution");
  EXPECT_EQ(error_of("${SET:=x}"), "unsupported modifier (:=) in substitution");
  EXPECT_EQ(error_of("${UNSET:?must be set}"), "UNSET: must be set");
  EXPECT_EQ(error_of("${EMPTY:?}"), "EMPTY: is not allowed to be empty");
}

TEST(ShellWord, BoundsNesting) {
  std::string word;
  for (int i = 0; i < 10000; ++i) word += "${UNSET:-";
  word += std::string(10000, '}');
  EXPECT_EQ(error_of(word), "substitutions are nested too deeply");
}

}  // namespace
}  // namespace rundlet::builder::dockerfile
