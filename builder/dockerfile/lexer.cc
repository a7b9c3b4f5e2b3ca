#include "builder/dockerfile/lexer.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {
namespace {

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    if (rest_.find('\0') != rest_.npos) fail_at(1, "the file holds a NUL byte");
  }

  LexedFile run() {
    read_directives();
    while (auto physical = next_line()) {
      std::string_view text = trim_left(*physical);
      if (!text.empty() && text.front() != '#') read_logical(text);
    }
    return std::move(file_);
  }

 private:
  std::optional<std::string_view> next_line() {
    if (rest_.empty()) return {};
    size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void read_directives();
  bool read_directive(std::string_view line);
  void set_escape(std::string_view value);
  void read_logical(std::string_view first);
  bool ends_here(std::string& text, std::string_view piece) const;
  void collect_heredocs(LogicalLine& logical);
  void read_heredoc(Heredoc& heredoc, int line);

  std::string_view rest_;
  int line_ = 0;
  bool escape_seen_ = false;
  LexedFile file_;
};

// Directives are comments of the form "# name=value" at the very top; anything else ends them.
void Lexer::read_directives() {
  for (;;) {
    std::string_view before = rest_;
    int line = line_;
    auto physical = next_line();
    if (!physical || !read_directive(*physical)) {
      rest_ = before;
      line_ = line;
      return;
    }
  }
}

bool Lexer::read_directive(std::string_view line) {
  line = trim_left(line);
  size_t equals = line.find('=');
  if (!line.starts_with('#') || equals == line.npos) return false;
  std::string name = to_lower(trim(line.substr(1, equals - 1)));
  std::string_view value = trim(line.substr(equals + 1));
  if (name == "escape") {
    set_escape(value);
  } else if (name == "syntax") {
    if (!file_.syntax.empty()) fail_at(line_, "only one syntax parser directive can be used");
    file_.syntax = value;
  } else {
    return name == "check";
  }
  return true;
}

void Lexer::set_escape(std::string_view value) {
  if (escape_seen_) fail_at(line_, "only one escape parser directive can be used");
  if (value != "\\" && value != "`")
    fail_at(line_, fmt::format("invalid ESCAPE '{}'. Must be ` or \\", value));
  file_.escape = value.front();
  escape_seen_ = true;
}

// Appends one physical line; true when the next one does not continue it. A doubled escape is no
// continuation.
bool Lexer::ends_here(std::string& text, std::string_view piece) const {
  std::string_view body = piece;
  while (!body.empty() && (body.back() == ' ' || body.back() == '\t')) body.remove_suffix(1);
  bool continues = !body.empty() && body.back() == file_.escape &&
                   (body.size() == 1 || body[body.size() - 2] != file_.escape);
  if (continues) body.remove_suffix(1);
  text += continues ? body : piece;
  return !continues;
}

void Lexer::read_logical(std::string_view first) {
  LogicalLine logical;
  logical.line = line_;
  bool ended = ends_here(logical.text, first), empty_seen = false;
  while (!ended) {
    auto piece = next_line();
    if (!piece) break;
    std::string_view visible = trim_left(*piece);
    if (visible.empty()) {
      empty_seen = true;
    } else if (visible.front() != '#') {
      ended = ends_here(logical.text, *piece);
    }
  }
  if (trim(logical.text).empty()) return;
  if (empty_seen) {
    file_.warnings.push_back(
        fmt::format("[WARNING]: Empty continuation line found in: {}", trim_right(logical.text)));
  }
  logical.text = trim_right(logical.text);
  collect_heredocs(logical);
  file_.lines.push_back(std::move(logical));
}

bool takes_heredocs(std::string_view text) {
  auto words = split_fields(text.substr(0, 64));
  if (!words.empty() && to_lower(words.front()) == "onbuild") words.erase(words.begin());
  if (words.empty()) return false;
  std::string name = to_lower(words.front());
  return name == "run" || name == "copy" || name == "add";
}

// Drops the quotes of a delimiter; says whether there were any.
bool unquote(std::string& name, char escape) {
  std::string plain;
  bool quoted = false;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '\'' || c == '"') {
      quoted = true;
    } else if (c == escape && i + 1 < name.size()) {
      quoted = true;
      plain += name[++i];
    } else {
      plain += c;
    }
  }
  name = plain;
  return quoted;
}

// "<<EOF", "<<-EOF", "3<<'EOF'".
std::optional<Heredoc> heredoc_of_word(std::string_view word, char escape) {
  while (!word.empty() && is_digit(word.front())) word.remove_prefix(1);
  if (!word.starts_with("<<")) return {};
  word.remove_prefix(2);
  Heredoc heredoc;
  if (word.starts_with('-')) {
    heredoc.strip_tabs = true;
    word.remove_prefix(1);
  }
  heredoc.name = word;
  if (heredoc.name.empty() || heredoc.name.find('<') != std::string::npos) return {};
  heredoc.expand = !unquote(heredoc.name, escape);
  if (heredoc.name.empty() || heredoc.name.find('\n') != std::string::npos) return {};
  return heredoc;
}

// The exec form is plain JSON, in which "<<" means nothing.
bool is_json_form(std::string_view text) {
  for (const std::string& word : split_fields(text)) {
    std::string lower = to_lower(word);
    bool leading =
        lower == "onbuild" || lower == "run" || lower == "copy" || lower == "add" || word.starts_with("--");
    if (!leading) return word.starts_with('[') && text.ends_with(']');
  }
  return false;
}

void Lexer::collect_heredocs(LogicalLine& logical) {
  if (logical.text.find("<<") == std::string::npos) return;
  if (!takes_heredocs(logical.text) || is_json_form(logical.text)) return;
  for (const std::string& word : split_quoted(logical.text, file_.escape)) {
    auto heredoc = heredoc_of_word(word, file_.escape);
    if (!heredoc) continue;
    read_heredoc(*heredoc, logical.line);
    logical.heredocs.push_back(std::move(*heredoc));
  }
}

void Lexer::read_heredoc(Heredoc& heredoc, int line) {
  while (auto physical = next_line()) {
    std::string_view candidate = *physical;
    while (heredoc.strip_tabs && candidate.starts_with('\t')) candidate.remove_prefix(1);
    if (candidate == heredoc.name) return;
    heredoc.content += *physical;
    heredoc.content += '\n';
  }
  fail_at(line, "unterminated heredoc");
}

}  // namespace

void fail_at(int line, std::string_view message) {
  throw_invalid(fmt::format("dockerfile parse error line {}: {}", line, message));
}

std::string Heredoc::text() const {
  if (!strip_tabs) return content;
  std::string result;
  bool at_start = true;
  for (char c : content) {
    if (at_start && c == '\t') continue;
    result += c;
    at_start = c == '\n';
  }
  return result;
}

LexedFile lex(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace rundlet::builder::dockerfile
