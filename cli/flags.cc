#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

constexpr size_t kHelpWidth = 80;
constexpr int kFlagErrorCode = 125;
constexpr int kArgumentErrorCode = 1;

std::string display_name(const Flag& flag) {
  if (flag.shorthand) return fmt::format("-{}, --{}", flag.shorthand, flag.name);
  return "--" + flag.name;
}

// Words of `text`, broken so that a line after the first starts at `indent` and none is wider than
// kHelpWidth.
std::string wrapped(std::string_view text, size_t indent) {
  std::string out;
  size_t column = indent;
  while (!text.empty()) {
    size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kHelpWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string left_column(const Flag& flag) {
  std::string text =
      flag.shorthand ? fmt::format("  -{}, --{}", flag.shorthand, flag.name) : "      --" + flag.name;
  return flag.type.empty() ? text : text + " " + flag.type;
}

std::string plural(size_t count) {
  return fmt::format("{} argument{}", count, count == 1 ? "" : "s");
}

std::string expectation(size_t least, size_t most) {
  if (most == 0) return "accepts no arguments";
  if (least == most) return "requires " + plural(least);
  if (most == FlagSet::kAnyNumber) return "requires at least " + plural(least);
  if (least == 0) return "requires at most " + plural(most);
  return fmt::format("requires at least {} and at most {} arguments", least, most);
}

}  // namespace

bool parse_go_bool(std::string_view text) {
  for (std::string_view word : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == word) return true;
  for (std::string_view word : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == word) return false;
  throw_invalid(fmt::format("strconv.ParseBool: parsing \"{}\": invalid syntax", text));
}

int64_t parse_go_int(std::string_view text) {
  int64_t value = 0;
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range)
    throw_invalid(fmt::format("strconv.ParseInt: parsing \"{}\": value out of range", text));
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    throw_invalid(fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", text));
  return value;
}

void FlagSet::add(Flag flag) {
  flags_.push_back(std::move(flag));
}

void FlagSet::toggle(bool& value, char shorthand, const char* name, const char* help) {
  add({shorthand, name, "", help, value ? "true" : "", true,
       [&value](auto text) { value = parse_go_bool(text); }});
}

void FlagSet::toggle(std::optional<bool>& value, char shorthand, const char* name, const char* help) {
  add({shorthand, name, "", help, "", true, [&value](auto text) { value = parse_go_bool(text); }});
}

void FlagSet::text(std::string& value, char shorthand, const char* name, const char* help, const char* type) {
  std::string shown = value.empty() ? "" : "\"" + value + "\"";
  add({shorthand, name, type, help, shown, false, [&value](auto text) { value = text; }});
}

void FlagSet::text(std::optional<std::string>& value, char shorthand, const char* name, const char* help) {
  add({shorthand, name, "string", help, "", false, [&value](auto text) { value = std::string(text); }});
}

void FlagSet::integer(int64_t& value, char shorthand, const char* name, const char* help) {
  std::string shown = value == 0 ? "" : std::to_string(value);
  add({shorthand, name, "int", help, shown, false, [&value](auto text) { value = parse_go_int(text); }});
}

void FlagSet::integer(std::optional<int64_t>& value, char shorthand, const char* name, const char* help) {
  add({shorthand, name, "int", help, "", false, [&value](auto text) { value = parse_go_int(text); }});
}

void FlagSet::bytes(int64_t& value, char shorthand, const char* name, const char* help) {
  add({shorthand, name, "bytes", help, "", false,
       [&value](auto text) { value = text == "-1" ? -1 : spec::parse_binary_size(text); }});
}

void FlagSet::duration(int64_t& value, char shorthand, const char* name, const char* help) {
  add({shorthand, name, "duration", help, "0s", false, [&value](auto text) {
         auto parsed = parse_go_duration(text);
         if (!parsed) throw_invalid(fmt::format("time: invalid duration \"{}\"", text));
         value = parsed->count();
       }});
}

void FlagSet::list(std::vector<std::string>& values, char shorthand, const char* name, const char* help,
                   Check check, const char* type) {
  add({shorthand, name, type, help, "", false, [&values, check = std::move(check)](auto text) {
         values.push_back(check ? check(text) : std::string(text));
       }});
}

void FlagSet::unsupported(char shorthand, const char* name, const char* type) {
  add({shorthand, name, type, "", "", *type == 0, [](auto) { throw_invalid("not supported"); }});
}

void FlagSet::ignored_switch(char shorthand, const char* name) {
  add({shorthand, name, "", "", "", true, [](auto text) { parse_go_bool(text); }});
}

const Flag* FlagSet::find(std::string_view name) const {
  auto found = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

const Flag* FlagSet::find(char shorthand) const {
  auto found =
      std::find_if(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.shorthand == shorthand; });
  return found == flags_.end() || shorthand == 0 ? nullptr : &*found;
}

bool FlagSet::given(std::string_view name) const {
  return std::find(given_.begin(), given_.end(), name) != given_.end();
}

void FlagSet::fail(const std::string& message) const {
  throw UsageError(message + usage_text(), kFlagErrorCode);
}

void FlagSet::apply(const Flag& flag, std::string_view value) {
  try {
    flag.set(value);
  } catch (const Error& e) {
    fail(fmt::format("invalid argument \"{}\" for \"{}\" flag: {}", value, display_name(flag), e.message()));
  }
  given_.push_back(flag.name);
}

// Returns the index of the next argument.
size_t FlagSet::parse_long(const std::vector<std::string>& args, size_t at) {
  std::string_view text = std::string_view(args[at]).substr(2);
  size_t equals = text.find('=');
  std::string_view name = text.substr(0, equals);
  if (name.empty() || name[0] == '-' || name[0] == '=') fail("bad flag syntax: " + args[at]);
  const Flag* flag = find(name);
  if (!flag && name == "help") throw HelpRequested(help_text());
  if (!flag) fail(fmt::format("unknown flag: --{}", name));
  if (equals != text.npos) {
    apply(*flag, text.substr(equals + 1));
  } else if (flag->is_switch) {
    apply(*flag, "true");
  } else if (at + 1 < args.size()) {
    apply(*flag, args[++at]);
  } else {
    fail(fmt::format("flag needs an argument: --{}", name));
  }
  return at + 1;
}

size_t FlagSet::parse_short(const std::vector<std::string>& args, size_t at) {
  std::string_view letters = std::string_view(args[at]).substr(1);
  while (!letters.empty()) {
    const Flag* flag = find(letters[0]);
    if (!flag && letters[0] == 'h') throw HelpRequested(help_text());
    if (!flag) fail(fmt::format("unknown shorthand flag: '{}' in -{}", letters[0], letters));
    std::string_view rest = letters.substr(1);
    if (rest.size() > 1 && rest[0] == '=') {
      apply(*flag, rest.substr(1));
      return at + 1;
    }
    if (flag->is_switch) {
      apply(*flag, "true");
      letters = rest;
      continue;
    }
    if (rest.empty() && at + 1 >= args.size())
      fail(fmt::format("flag needs an argument: '{}' in -{}", letters[0], letters));
    apply(*flag, rest.empty() ? std::string_view(args[++at]) : rest);
    return at + 1;
  }
  return at + 1;
}

std::vector<std::string> FlagSet::parse(const std::vector<std::string>& args) {
  std::vector<std::string> positional;
  for (size_t at = 0; at < args.size();) {
    const std::string& arg = args[at];
    if (arg.size() < 2 || arg[0] != '-') {
      if (!interspersed_) {
        positional.insert(positional.end(), args.begin() + static_cast<ptrdiff_t>(at), args.end());
        break;
      }
      positional.push_back(arg);
      ++at;
    } else if (arg == "--") {
      positional.insert(positional.end(), args.begin() + static_cast<ptrdiff_t>(at) + 1, args.end());
      break;
    } else {
      at = arg[1] == '-' ? parse_long(args, at) : parse_short(args, at);
    }
  }
  return positional;
}

std::vector<std::string> FlagSet::parse(const std::vector<std::string>& args, size_t least, size_t most) {
  auto positional = parse(args);
  if (positional.size() >= least && positional.size() <= most) return positional;
  // "See" and "Run" are docker's own.
  const char* verb = least > 0 && most == kAnyNumber ? "See" : "Run";
  throw UsageError(
      fmt::format("rundlet: 'rundlet {}' {}{}", text_.path, expectation(least, most), usage_text(verb)),
      kArgumentErrorCode);
}

std::string FlagSet::usage_text(const char* verb) const {
  std::string call = text_.path.empty() ? "rundlet" : "rundlet " + text_.path;
  return fmt::format("\n\nUsage:  {} {}\n\n{} '{} --help' for more information", call, text_.usage, verb,
                     call);
}

std::string FlagSet::help_text() const {
  std::string call = text_.path.empty() ? "rundlet" : "rundlet " + text_.path;
  std::string out = fmt::format("Usage:  {} {}\n\n{}\n", call, text_.usage, text_.summary);
  if (!text_.aliases.empty()) out += "\nAliases:\n  " + text_.aliases + "\n";
  std::vector<Flag> sorted;
  for (const Flag& flag : flags_)
    if (!flag.help.empty()) sorted.push_back(flag);
  if (sorted.empty()) return out;
  std::sort(sorted.begin(), sorted.end(), [](const Flag& a, const Flag& b) { return a.name < b.name; });
  size_t width = 0;
  for (const Flag& flag : sorted) width = std::max(width, left_column(flag).size());
  out += "\nOptions:\n";
  for (const Flag& flag : sorted) {
    std::string help =
        flag.shown_default.empty() ? flag.help : flag.help + " (default " + flag.shown_default + ")";
    out += fmt::format("{:<{}}   {}\n", left_column(flag), width, wrapped(help, width + 3));
  }
  return out;
}

}  // namespace rundlet::cli
