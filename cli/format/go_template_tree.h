// The syntax tree of a Go template: what the parser makes and the evaluator walks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rundlet::cli::go_template {

struct Pipeline;

struct Dot {};
struct Nil {};
struct Variable {
  std::string name;  // "$" or "$x"
};
struct Function {
  std::string name;
};
using Operand =
    std::variant<Dot, Nil, Variable, Function, bool, int64_t, double, std::string, std::shared_ptr<Pipeline>>;

// An operand and the fields picked from it: ".State.Pid" is Dot with {"State", "Pid"}.
struct Term {
  Operand operand;
  std::vector<std::string> fields;
  std::string text;   // as written, for messages
  size_t column = 0;  // in bytes from the line's start, for messages
};

// "printf "%d" .X": the first term may be a function or, with arguments, a method.
using Call = std::vector<Term>;

struct Pipeline {
  std::vector<std::string> variables;  // "$x := …", "$i, $x := …"
  bool declares = false;               // := and not =
  std::vector<Call> calls;
};

struct Node {
  enum class Kind { list, text, action, if_, range, with, break_, continue_ };
  Kind kind = Kind::list;
  std::string text;
  Pipeline pipeline;
  std::vector<Node> body, otherwise;
};

Node parse(std::string_view text);

}  // namespace rundlet::cli::go_template
