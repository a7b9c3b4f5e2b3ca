#include "builder/dockerfile/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "builder/dockerfile/lexer.h"
#include "builder/dockerfile/parse_instruction.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {
namespace {

// We are the frontend: docker's own is what we do; another one would change what the file means.
void check_syntax(const std::string& syntax) {
  if (syntax.empty()) return;
  std::string_view name = syntax;
  if (name.starts_with("docker.io/")) name.remove_prefix(10);
  name = name.substr(0, name.find_first_of(":@"));
  if (name == "docker/dockerfile" || name == "docker/dockerfile-upstream") return;
  fail_at(1, fmt::format("syntax frontend {} is not supported", syntax));
}

void add(Dockerfile& file, Instruction instruction) {
  if (auto* from = std::get_if<From>(&instruction.body)) {
    file.stages.push_back({instruction.line, instruction.text, std::move(*from), {}});
  } else if (!file.stages.empty()) {
    file.stages.back().instructions.push_back(std::move(instruction));
  } else if (std::holds_alternative<Arg>(instruction.body)) {
    file.global_args.push_back(std::move(instruction));
  } else {
    fail_at(instruction.line, "no build stage in current context");
  }
}

void check_stage_names(const Dockerfile& file) {
  for (size_t i = 0; i < file.stages.size(); ++i) {
    const std::string& name = file.stages[i].from.stage_name;
    for (size_t j = 0; j < i && !name.empty(); ++j) {
      if (file.stages[j].from.stage_name != name) continue;
      fail_at(file.stages[i].line, fmt::format("duplicate name {}", name));
    }
  }
}

}  // namespace

Dockerfile parse(std::string_view text) {
  LexedFile lexed = lex(text);
  check_syntax(lexed.syntax);
  Dockerfile file;
  file.escape = lexed.escape;
  file.warnings = std::move(lexed.warnings);
  for (const LogicalLine& line : lexed.lines) add(file, parse_instruction(line, file.escape));
  if (lexed.lines.empty()) throw_invalid("file with no instructions");
  if (file.stages.empty()) throw_invalid("dockerfile contains no stages to build");
  check_stage_names(file);
  return file;
}

Instruction parse_trigger(std::string_view trigger) {
  LexedFile lexed = lex(trigger);
  if (lexed.lines.size() != 1) throw_invalid(fmt::format("malformed ONBUILD trigger: {}", trigger));
  return parse_instruction(lexed.lines.front(), lexed.escape);
}

}  // namespace rundlet::builder::dockerfile
