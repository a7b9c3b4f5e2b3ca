// Command-line flags with the meaning docker's users know (that of Go's pflag): "--name value",
// "--name=value",
// "-n value", "-nvalue", "-n=value", "-abc" for switches in a row, "--" ends flags, the last of several
// values wins.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rundlet::cli {

// A wrong command line: message is everything that goes to stderr.
class UsageError : public Error {
 public:
  UsageError(std::string message, int exit_code)
      : Error(ErrorCode::invalid_argument, std::move(message)), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// --help was given: message is the help text, for stdout.
class HelpRequested : public std::exception {
 public:
  explicit HelpRequested(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct Flag {
  char shorthand = 0;
  std::string name;
  std::string type;  // shown in the help; empty for switches
  std::string help;  // empty: not shown
  std::string shown_default;
  bool is_switch = false;
  std::function<void(std::string_view)> set;  // throws to refuse the value
};

// What the help of a command says besides its flags.
struct CommandText {
  std::string path;   // "run", "container ls": as the user called it
  std::string usage;  // "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  std::string summary;
  std::string aliases;  // "rundlet container run, rundlet run", may be empty
};

class FlagSet {
 public:
  explicit FlagSet(CommandText text) : text_(std::move(text)) {}

  // Each takes a shorthand (0: none), the long name and the help. Values keep what they held unless the flag
  // is given.
  void toggle(bool& value, char shorthand, const char* name, const char* help);
  void toggle(std::optional<bool>& value, char shorthand, const char* name, const char* help);
  void text(std::string& value, char shorthand, const char* name, const char* help,
            const char* type = "string");
  void text(std::optional<std::string>& value, char shorthand, const char* name, const char* help);
  void integer(int64_t& value, char shorthand, const char* name, const char* help);
  void integer(std::optional<int64_t>& value, char shorthand, const char* name, const char* help);
  // "64m", "1g"; -1 stays -1.
  void bytes(int64_t& value, char shorthand, const char* name, const char* help);
  // Go's form, "1m30s", in nanoseconds.
  void duration(int64_t& value, char shorthand, const char* name, const char* help);
  // Repeatable; `check`, when given, throws to refuse a value and may rewrite it.
  using Check = std::function<std::string(std::string_view)>;
  void list(std::vector<std::string>& values, char shorthand, const char* name, const char* help,
            Check check = {}, const char* type = "list");
  // Taken for docker's sake and refused by name when it is used.
  void unsupported(char shorthand, const char* name, const char* type = "string");
  // Taken for docker's sake, without effect.
  void ignored_switch(char shorthand, const char* name);
  void add(Flag flag);

  // Flags end at the first argument that is none: what follows belongs to the container's command.
  void stop_at_first_argument() { interspersed_ = false; }

  // Arguments that are no flags. Throws UsageError and HelpRequested.
  std::vector<std::string> parse(const std::vector<std::string>& args);
  // The same, refusing other numbers of arguments in docker's words.
  static constexpr size_t kAnyNumber = ~size_t{0};
  std::vector<std::string> parse(const std::vector<std::string>& args, size_t least, size_t most);

  bool given(std::string_view name) const;
  std::string help_text() const;
  // "\n\nUsage:  rundlet …\n\nRun 'rundlet … --help' for more information"
  std::string usage_text(const char* verb = "Run") const;
  const CommandText& command() const { return text_; }

 private:
  const Flag* find(std::string_view name) const;
  const Flag* find(char shorthand) const;
  void apply(const Flag& flag, std::string_view value);
  size_t parse_long(const std::vector<std::string>& args, size_t at);
  size_t parse_short(const std::vector<std::string>& args, size_t at);
  [[noreturn]] void fail(const std::string& message) const;

  CommandText text_;
  std::vector<Flag> flags_;
  std::vector<std::string> given_;
  bool interspersed_ = true;
};

// Go's strconv.ParseBool and ParseInt, with their error texts.
bool parse_go_bool(std::string_view text);
int64_t parse_go_int(std::string_view text);

}  // namespace rundlet::cli
