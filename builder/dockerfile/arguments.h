// What follows an instruction's keyword: flags, then words in one of the forms that instructions take.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/dockerfile/instruction.h"

namespace rundlet::builder::dockerfile {

// "--name=value" words before the first word that is none.
class Flags {
 public:
  // Takes the flags off `rest`. Throws for a name not in `known` and for one given twice that is not in
  // `repeatable`.
  Flags(std::string_view& rest, char escape, const std::vector<std::string_view>& known,
        const std::vector<std::string_view>& repeatable = {});

  bool has(std::string_view name) const;
  // "" when absent; throws when the flag was given without a value.
  std::string value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  // --name or --name=true|false.
  bool boolean(std::string_view name) const;

 private:
  struct Flag {
    std::string name;
    std::optional<std::string> value;
  };
  void add(std::string_view word, const std::vector<std::string_view>& known,
           const std::vector<std::string_view>& repeatable);
  std::vector<Flag> flags_;
};

// ["a", "b"]; nullopt when the text is no JSON array, and then it is meant as the shell form. Throws for an
// array of anything but strings.
std::optional<std::vector<std::string>> parse_string_list(std::string_view text);

// JSON, or words between blanks.
std::vector<std::string> parse_list(std::string_view text);
// JSON, or the whole text for the shell.
CommandLine parse_command_line(std::string_view text);
// "a=b c=d", or the old form "a b c d" that sets one name to the rest. `instruction` is for the messages.
std::vector<KeyValue> parse_pairs(std::string_view text, char escape, std::string_view instruction);

}  // namespace rundlet::builder::dockerfile
