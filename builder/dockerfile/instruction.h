// A Dockerfile as it was written: instructions with their flags and words, nothing expanded yet. Expansion
// needs the environment of the stage, which only `convert` knows.
// https://docs.docker.com/reference/dockerfile/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rundlet::builder::dockerfile {

struct Heredoc {
  std::string name;
  std::string content;       // as it stands in the file, leading tabs too
  bool expand = true;        // the delimiter was not quoted
  bool strip_tabs = false;   // "<<-"
  std::string text() const;  // content, with leading tabs of each line dropped when strip_tabs
};

// Shell form: one word, to be handed to the shell; exec form: argv.
struct CommandLine {
  bool shell = false;
  std::vector<std::string> words;
};

struct KeyValue {
  std::string key, value;  // raw: quotes and $ as written
};

struct From {
  std::string image, platform, stage_name;
};
struct Run {
  CommandLine command;
  std::vector<std::string> mounts;  // values of --mount
  std::string network, security;
  std::vector<Heredoc> heredocs;
};
struct Copy {  // and ADD
  bool add = false;
  std::vector<std::string> sources;
  std::vector<Heredoc> heredocs;  // sources too, after `sources`
  std::string destination;
  std::string from, chown, chmod, checksum;
  bool link = false;
};
struct Env {
  std::vector<KeyValue> pairs;
};
struct Label {
  std::vector<KeyValue> pairs;
};
struct Arg {
  struct Item {
    std::string name;
    std::optional<std::string> value;
  };
  std::vector<Item> items;
};
struct Maintainer {
  std::string name;
};
struct Expose {
  std::vector<std::string> ports;
};
struct Volume {
  std::vector<std::string> paths;
};
struct User {
  std::string name;
};
struct Workdir {
  std::string path;
};
struct Cmd {
  CommandLine command;
};
struct Entrypoint {
  CommandLine command;
};
struct Shell {
  std::vector<std::string> words;
};
struct StopSignal {
  std::string signal;
};
struct Healthcheck {
  bool none = false;
  CommandLine command;
  int64_t interval = 0, timeout = 0, start_period = 0, start_interval = 0;  // nanoseconds, 0: default
  int64_t retries = 0;
};
struct OnBuild {
  std::string trigger;  // an instruction, with its heredocs, as a Dockerfile would have it
};

using Body = std::variant<From, Run, Copy, Env, Label, Arg, Maintainer, Expose, Volume, User, Workdir, Cmd,
                          Entrypoint, Shell, StopSignal, Healthcheck, OnBuild>;

struct Instruction {
  int line = 0;
  std::string text;  // continuations joined, heredoc contents left out; what progress shows
  Body body;
};

struct Stage {
  int line = 0;
  std::string text;
  From from;
  std::vector<Instruction> instructions;
};

struct Dockerfile {
  char escape = '\\';
  std::vector<Instruction> global_args;  // ARG before the first FROM
  std::vector<Stage> stages;
  std::vector<std::string> warnings;
};

}  // namespace rundlet::builder::dockerfile
