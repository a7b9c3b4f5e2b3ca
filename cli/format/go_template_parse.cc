#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "cli/format/go_template_tree.h"

namespace rundlet::cli::go_template {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) {
  return kSpace.find(c) != kSpace.npos;
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Node parse_all() {
    Node root;
    std::string end = parse_list(root.body);
    if (!end.empty()) fail("unexpected {{" + end + "}}");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    auto line = 1 + std::count(text_.begin(),
                               text_.begin() + static_cast<ptrdiff_t>(std::min(at_, text_.size())), '\n');
    throw_invalid(fmt::format("template parsing error: template: :{}: {}", line, message));
  }

  // Nodes up to the end of the text (returns "") or a closing keyword ("end", "else"), which is left to the
  // caller.
  std::string parse_list(std::vector<Node>& nodes) {
    for (;;) {
      size_t open = text_.find("{{", at_);
      add_text(nodes, text_.substr(at_, open == text_.npos ? open : open - at_), open);
      if (open == text_.npos) {
        at_ = text_.size();
        return "";
      }
      at_ = open + 2;
      bool trims = text_.substr(at_).starts_with("-") && at_ + 1 < text_.size() && is_space(text_[at_ + 1]);
      if (trims) ++at_;
      if (skip_comment()) continue;
      std::string keyword = peek_keyword();
      if (keyword == "end" || keyword == "else") return keyword;
      nodes.push_back(parse_action(keyword));
    }
  }

  void add_text(std::vector<Node>& nodes, std::string_view text, size_t open) {
    if (trim_next_) {
      size_t first = text.find_first_not_of(kSpace);
      text.remove_prefix(first == text.npos ? text.size() : first);
      trim_next_ = false;
    }
    bool trims = open != text_.npos && text_.substr(open).starts_with("{{-") && open + 3 < text_.size() &&
                 is_space(text_[open + 3]);
    if (trims) text = text.substr(0, text.find_last_not_of(kSpace) + 1);
    if (text.empty()) return;
    Node node;
    node.kind = Node::Kind::text;
    node.text = text;
    nodes.push_back(std::move(node));
  }

  bool skip_comment() {
    size_t start = text_.find_first_not_of(kSpace, at_);
    if (start == text_.npos || !text_.substr(start).starts_with("/*")) return false;
    size_t end = text_.find("*/", start + 2);
    if (end == text_.npos) fail("unclosed comment");
    at_ = end + 2;
    close_action();
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool at_close() const {
    std::string_view rest = text_.substr(std::min(at_, text_.size()));
    return rest.starts_with("}}") || rest.starts_with("-}}");
  }

  // After skip_space: "}}" or " -}}".
  void close_action() {
    skip_space();
    if (!at_close())
      fail(at_ >= text_.size() ? "unclosed action" : fmt::format("unexpected \"{}\" in operand", text_[at_]));
    if (text_[at_] == '-') {
      trim_next_ = true;
      ++at_;
    }
    at_ += 2;
  }

  std::string peek_keyword() {
    skip_space();
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return std::string(text_.substr(at_, end - at_));
  }

  Node parse_action(const std::string& keyword) {
    Node node;
    for (const char* word : {"define", "template", "block"})
      if (keyword == word) fail("{{" + keyword + "}} is not supported");
    if (keyword == "break" || keyword == "continue") {
      if (range_depth_ == 0) fail("{{" + keyword + "}} outside {{range}}");
      node.kind = keyword == "break" ? Node::Kind::break_ : Node::Kind::continue_;
      at_ += keyword.size();
      close_action();
      return node;
    }
    if (keyword == "if" || keyword == "range" || keyword == "with") {
      at_ += keyword.size();
      parse_control(node, keyword);
      return node;
    }
    node.kind = Node::Kind::action;
    node.pipeline = parse_pipeline("}}");
    close_action();
    return node;
  }

  void parse_control(Node& node, const std::string& keyword) {
    node.kind = keyword == "if" ? Node::Kind::if_ : keyword == "range" ? Node::Kind::range : Node::Kind::with;
    node.pipeline = parse_pipeline("}}");
    close_action();
    if (keyword == "range") ++range_depth_;
    std::string end = parse_list(node.body);
    if (keyword == "range") --range_depth_;
    if (end == "else") {
      parse_else(node);
    } else {
      expect_end(end);
    }
  }

  // "{{else}}…{{end}}" or "{{else if …}}…", which ends where the inner one ends.
  void parse_else(Node& node) {
    at_ += 4;
    std::string next = peek_keyword();
    if (next == "if" || next == "with") {
      at_ += next.size();
      Node inner;
      parse_control(inner, next);
      node.otherwise.push_back(std::move(inner));
      return;
    }
    close_action();
    expect_end(parse_list(node.otherwise));
  }

  void expect_end(const std::string& keyword) {
    if (keyword.empty()) fail("unexpected EOF");
    if (keyword != "end") fail("expected end; found {{else}}");
    at_ += keyword.size();
    close_action();
  }

  Pipeline parse_pipeline(std::string_view closer) {
    Pipeline pipeline;
    parse_declaration(pipeline);
    for (;;) {
      pipeline.calls.push_back(parse_call());
      skip_space();
      if (at_ < text_.size() && text_[at_] == '|') {
        ++at_;
        continue;
      }
      bool closed =
          closer == "}}" ? at_close() : text_.substr(std::min(at_, text_.size())).starts_with(closer);
      if (!closed)
        fail(at_ >= text_.size() ? "unclosed action"
                                 : fmt::format("unexpected \"{}\" in operand", text_[at_]));
      return pipeline;
    }
  }

  void parse_declaration(Pipeline& pipeline) {
    size_t start = at_;
    std::vector<std::string> names;
    for (;;) {
      skip_space();
      if (at_ >= text_.size() || text_[at_] != '$') break;
      names.push_back(variable_name());
      skip_space();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      std::string_view rest = text_.substr(std::min(at_, text_.size()));
      pipeline.declares = rest.starts_with(":=");
      if (pipeline.declares || (rest.starts_with("=") && !rest.starts_with("=="))) {
        at_ += pipeline.declares ? 2 : 1;
        pipeline.variables = std::move(names);
        return;
      }
      break;
    }
    at_ = start;
  }

  std::string variable_name() {
    size_t start = at_++;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  Call parse_call() {
    Call call;
    for (;;) {
      skip_space();
      if (at_ >= text_.size()) fail("unclosed action");
      if (at_close() || text_[at_] == '|' || text_[at_] == ')') break;
      call.push_back(parse_term());
    }
    if (call.empty()) fail("missing value for command");
    return call;
  }

  size_t column() const {
    size_t newline = text_.rfind('\n', at_ == 0 ? 0 : at_ - 1);
    return newline == text_.npos ? at_ : at_ - newline - 1;
  }

  Term parse_term() {
    Term term;
    size_t start = at_;
    term.column = column();
    if (text_[at_] == '.' && (at_ + 1 >= text_.size() || !is_word(text_[at_ + 1]))) {
      ++at_;
      term.operand = Dot{};
    } else if (text_[at_] == '.') {
      term.operand = Dot{};
    } else {
      term.operand = parse_operand();
    }
    while (at_ + 1 < text_.size() && text_[at_] == '.' && is_word(text_[at_ + 1])) {
      // Go reports the place of the second field of a chain.
      if (term.fields.size() == 1) term.column = column();
      size_t name = ++at_;
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      term.fields.emplace_back(text_.substr(name, at_ - name));
    }
    term.text = text_.substr(start, at_ - start);
    return term;
  }

  Operand parse_operand() {
    char c = text_[at_];
    if (c == '$') return Variable{variable_name()};
    if (c == '"') return quoted('"');
    if (c == '\'') return character();
    if (c == '`') return raw_string();
    if (c == '(') {
      ++at_;
      auto inner = std::make_shared<Pipeline>(parse_pipeline(")"));
      ++at_;
      return inner;
    }
    bool signed_number =
        (c == '-' || c == '+') && at_ + 1 < text_.size() && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9';
    if ((c >= '0' && c <= '9') || signed_number) return number();
    return word();
  }

  Operand word() {
    std::string name = peek_keyword();
    if (name.empty()) fail(fmt::format("unexpected \"{}\" in command", text_[at_]));
    at_ += name.size();
    if (name == "true" || name == "false") return name == "true";
    if (name == "nil") return Nil{};
    return Function{name};
  }

  Operand number() {
    size_t start = at_;
    if (text_[at_] == '+' || text_[at_] == '-') ++at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) ++at_;
    std::string_view digits = text_.substr(start, at_ - start);
    bool negative = digits[0] == '-';
    std::string_view unsigned_digits = digits[0] == '-' || digits[0] == '+' ? digits.substr(1) : digits;
    bool hex = unsigned_digits.starts_with("0x") || unsigned_digits.starts_with("0X");
    int64_t whole = 0;
    std::string_view body = hex ? unsigned_digits.substr(2) : unsigned_digits;
    auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), whole, hex ? 16 : 10);
    if (error == std::errc() && end == body.data() + body.size()) return negative ? -whole : whole;
    double real = 0;
    auto [real_end, real_error] = std::from_chars(body.data(), body.data() + body.size(), real);
    if (real_error != std::errc() || real_end != body.data() + body.size())
      fail(fmt::format("bad number syntax: \"{}\"", digits));
    return negative ? -real : real;
  }

  std::string quoted(char quote) {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n';) {
      if (text_[at_] == '\\') {
        escape(out);
      } else {
        out += text_[at_++];
      }
    }
    if (at_ >= text_.size() || text_[at_] != quote) fail("unterminated quoted string");
    ++at_;
    return out;
  }

  void escape(std::string& out) {
    if (++at_ >= text_.size()) fail("unterminated quoted string");
    char c = text_[at_++];
    constexpr std::string_view kFrom = "abfnrtv\\'\"";
    constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\'\"";
    if (size_t index = kFrom.find(c); index != kFrom.npos) {
      out += kTo[index];
      return;
    }
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 0;
    std::string_view hex = text_.substr(at_, digits);
    uint32_t code = 0;
    auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (digits == 0 || hex.size() != digits || error != std::errc() || end != hex.data() + hex.size())
      fail("invalid escape in quoted string");
    at_ += digits;
    if (c == 'x') {
      out += static_cast<char>(code);
    } else {
      append_utf8(out, code);
    }
  }

  Operand character() {
    std::string text = quoted('\'');
    if (text.size() != 1) fail("malformed character constant");
    return static_cast<int64_t>(static_cast<unsigned char>(text[0]));
  }

  std::string raw_string() {
    size_t end = text_.find('`', at_ + 1);
    if (end == text_.npos) fail("unterminated raw quoted string");
    std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool trim_next_ = false;
  int range_depth_ = 0;
};

}  // namespace

Node parse(std::string_view text) {
  return Parser(text).parse_all();
}

}  // namespace rundlet::cli::go_template
