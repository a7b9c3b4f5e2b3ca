// The lines of a Dockerfile: directives taken out, comments dropped, continuations joined, heredocs
// collected.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/dockerfile/instruction.h"

namespace rundlet::builder::dockerfile {

struct LogicalLine {
  int line = 0;  // 1-based, where it begins
  std::string text;
  std::vector<Heredoc> heredocs;
};

struct LexedFile {
  char escape = '\\';
  std::string syntax;  // of the syntax directive, as written
  std::vector<LogicalLine> lines;
  std::vector<std::string> warnings;
};

// Throws invalid_argument, "dockerfile parse error line N: …".
LexedFile lex(std::string_view text);

[[noreturn]] void fail_at(int line, std::string_view message);

}  // namespace rundlet::builder::dockerfile
