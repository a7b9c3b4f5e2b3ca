#include "builder/dockerfile/parse_instruction.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "base/error.h"
#include "builder/dockerfile/arguments.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {
namespace {

// The line behind its keyword, with what the instruction's parser needs to know.
struct Source {
  std::string keyword;  // upper case
  std::string_view rest;
  const std::vector<Heredoc>& heredocs;
  char escape;
};

[[noreturn]] void wrong_count(const Source& source, std::string_view what) {
  throw_invalid(fmt::format("{} requires {}", source.keyword, what));
}

void no_flags(Source& source) {
  Flags(source.rest, source.escape, {});
}

std::string only_word(Source& source) {
  no_flags(source);
  std::string_view text = trim(source.rest);
  if (text.empty()) wrong_count(source, "exactly one argument");
  return std::string(text);
}

std::vector<std::string> some_words(Source& source) {
  no_flags(source);
  auto words = parse_list(source.rest);
  if (words.empty()) wrong_count(source, "at least one argument");
  return words;
}

bool is_stage_name(const std::string& name) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), allowed);
}

Body parse_from(Source source) {
  Flags flags(source.rest, source.escape, {"platform"});
  auto words = split_fields(source.rest);
  bool named = words.size() == 3 && to_lower(words[1]) == "as";
  if (words.size() != 1 && !named) wrong_count(source, "either one or three arguments");
  From from{words[0], flags.value("platform"), named ? to_lower(words[2]) : ""};
  if (named && !is_stage_name(from.stage_name)) {
    throw_invalid(fmt::format(
        "invalid name for build stage: \"{}\", name can't start with a number or contain symbols", words[2]));
  }
  return from;
}

Body parse_run(Source source) {
  Flags flags(source.rest, source.escape, {"network", "security"}, {"mount"});
  Run run{parse_command_line(source.rest),
          flags.values("mount"),
          flags.value("network"),
          flags.value("security"),
          {}};
  if (run.command.words.empty()) wrong_count(source, "at least one argument");
  run.heredocs = source.heredocs;
  return run;
}

// A source word that stands for a heredoc has been collected by the lexer already.
bool is_heredoc_word(const std::string& word) {
  return word.starts_with("<<") || (is_digit(word.front()) && word.find("<<") != std::string::npos);
}

Body parse_copy(Source source) {
  Copy copy;
  copy.add = source.keyword == "ADD";
  std::vector<std::string_view> known = {"chown", "chmod", "link"};
  known.push_back(copy.add ? "checksum" : "from");
  for (std::string_view refused : {"exclude", "parents", "keep-git-dir", "unpack"}) known.push_back(refused);
  Flags flags(source.rest, source.escape, known);
  for (std::string_view refused : {"exclude", "parents", "keep-git-dir", "unpack"}) {
    if (flags.has(refused)) throw_invalid(fmt::format("{} --{} is not supported", source.keyword, refused));
  }
  copy.from = flags.value("from");
  copy.chown = flags.value("chown");
  copy.chmod = flags.value("chmod");
  copy.checksum = flags.value("checksum");
  copy.link = flags.boolean("link");
  auto words = parse_list(source.rest);
  if (words.size() < 2) {
    throw_invalid(
        fmt::format("{} requires at least two arguments, but only one was provided. Destination could not "
                    "be determined.",
                    source.keyword));
  }
  copy.destination = words.back();
  words.pop_back();
  if (!source.heredocs.empty()) std::erase_if(words, is_heredoc_word);
  copy.sources = words;
  copy.heredocs = source.heredocs;
  return copy;
}

Body parse_env(Source source) {
  no_flags(source);
  return Env{parse_pairs(source.rest, source.escape, source.keyword)};
}

Body parse_label(Source source) {
  no_flags(source);
  return Label{parse_pairs(source.rest, source.escape, source.keyword)};
}

Body parse_arg(Source source) {
  no_flags(source);
  Arg arg;
  for (const std::string& word : split_quoted(source.rest, source.escape)) {
    size_t equals = word.find('=');
    if (equals == 0) throw_invalid("ARG names can not be blank");
    Arg::Item item{word.substr(0, equals), {}};
    if (equals != std::string::npos) item.value = word.substr(equals + 1);
    arg.items.push_back(std::move(item));
  }
  if (arg.items.empty()) wrong_count(source, "at least one argument");
  return arg;
}

Body parse_maintainer(Source source) {
  return Maintainer{only_word(source)};
}
Body parse_expose(Source source) {
  return Expose{some_words(source)};
}
Body parse_user(Source source) {
  return User{only_word(source)};
}
Body parse_workdir(Source source) {
  return Workdir{only_word(source)};
}
Body parse_stop_signal(Source source) {
  return StopSignal{only_word(source)};
}

Body parse_volume(Source source) {
  Volume volume{some_words(source)};
  for (const std::string& path : volume.paths) {
    if (trim(path).empty()) throw_invalid("VOLUME specified can not be an empty string");
  }
  return volume;
}

Body parse_cmd(Source source) {
  no_flags(source);
  return Cmd{parse_command_line(source.rest)};
}

Body parse_entrypoint(Source source) {
  no_flags(source);
  return Entrypoint{parse_command_line(source.rest)};
}

Body parse_shell(Source source) {
  no_flags(source);
  auto words = parse_string_list(source.rest);
  if (!words) throw_invalid("SHELL requires the arguments to be in JSON form");
  if (words->empty()) wrong_count(source, "at least one argument");
  return Shell{*words};
}

int64_t duration_flag(const Flags& flags, std::string_view name) {
  std::string text = flags.value(name);
  if (text.empty()) return 0;
  auto duration = parse_go_duration(text);
  if (!duration) throw_invalid(fmt::format("invalid duration \"{}\" for --{}", text, name));
  if (duration->count() != 0 && duration->count() < 1'000'000) {
    throw_invalid(fmt::format("Interval \"{}\" cannot be less than 1ms", text));
  }
  return duration->count();
}

int64_t retries_flag(const Flags& flags) {
  std::string text = flags.value("retries");
  if (text.empty()) return 0;
  int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw_invalid(fmt::format("invalid number \"{}\" for --retries", text));
  }
  if (count < 0) throw_invalid(fmt::format("--retries cannot be negative ({})", count));
  return count;
}

Body parse_healthcheck(Source source) {
  Flags flags(source.rest, source.escape,
              {"interval", "timeout", "start-period", "start-interval", "retries"});
  std::string_view rest = trim(source.rest);
  size_t end = 0;
  while (end < rest.size() && !is_space(rest[end])) ++end;
  std::string type = to_upper(rest.substr(0, end));
  rest = trim(rest.substr(end));
  if (type.empty()) wrong_count(source, "at least one argument");
  Healthcheck check;
  if (type == "NONE") {
    if (!rest.empty()) throw_invalid("HEALTHCHECK NONE takes no arguments");
    check.none = true;
    return check;
  }
  if (type != "CMD") throw_invalid(fmt::format("Unknown type \"{}\" in HEALTHCHECK (try CMD)", type));
  check.command = parse_command_line(rest);
  if (check.command.words.empty()) throw_invalid("Missing command after HEALTHCHECK CMD");
  check.interval = duration_flag(flags, "interval");
  check.timeout = duration_flag(flags, "timeout");
  check.start_period = duration_flag(flags, "start-period");
  check.start_interval = duration_flag(flags, "start-interval");
  check.retries = retries_flag(flags);
  return check;
}

Body parse_on_build(Source source) {
  no_flags(source);
  std::string trigger(trim(source.rest));
  std::string name = to_upper(trigger.substr(0, trigger.find_first_of(" \t")));
  if (name.empty()) wrong_count(source, "at least one argument");
  if (name == "ONBUILD") throw_invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name == "FROM" || name == "MAINTAINER") throw_invalid(name + " isn't allowed as an ONBUILD trigger");
  for (const Heredoc& heredoc : source.heredocs) trigger += "\n" + heredoc.content + heredoc.name;
  return OnBuild{trigger};
}

struct Keyword {
  std::string_view name;
  Body (*parse)(Source);
};
constexpr Keyword kKeywords[] = {
    {"ADD", parse_copy},
    {"ARG", parse_arg},
    {"CMD", parse_cmd},
    {"COPY", parse_copy},
    {"ENTRYPOINT", parse_entrypoint},
    {"ENV", parse_env},
    {"EXPOSE", parse_expose},
    {"FROM", parse_from},
    {"HEALTHCHECK", parse_healthcheck},
    {"LABEL", parse_label},
    {"MAINTAINER", parse_maintainer},
    {"ONBUILD", parse_on_build},
    {"RUN", parse_run},
    {"SHELL", parse_shell},
    {"STOPSIGNAL", parse_stop_signal},
    {"USER", parse_user},
    {"VOLUME", parse_volume},
    {"WORKDIR", parse_workdir},
};

Body parse_body(const LogicalLine& line, char escape) {
  std::string_view text = trim_left(line.text);
  size_t end = 0;
  while (end < text.size() && !is_space(text[end])) ++end;
  Source source{to_upper(text.substr(0, end)), text.substr(end), line.heredocs, escape};
  for (const Keyword& keyword : kKeywords) {
    if (keyword.name == source.keyword) return keyword.parse(source);
  }
  throw_invalid(fmt::format("unknown instruction: {}", text.substr(0, end)));
}

}  // namespace

Instruction parse_instruction(const LogicalLine& line, char escape) {
  try {
    return {line.line, std::string(trim(line.text)), parse_body(line, escape)};
  } catch (const Error& e) {
    fail_at(line.line, e.message());
  }
}

}  // namespace rundlet::builder::dockerfile
