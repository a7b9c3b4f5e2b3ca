#include "builder/dockerfile/shell_word.h"

#include <fmt/format.h>

#include "base/error.h"
#include "builder/dockerfile/glob.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {
namespace {

// As much as the kernel takes in one argument; without a bound ENV A=$A$A would double for ever.
constexpr size_t kMaxLength = 128 * 1024;
// Patterns are tried at every place and length.
constexpr size_t kMaxPatternSubject = 4096;

// What has been read, and the words it falls into.
class Output {
 public:
  // Quoted text never separates words, and makes a word even when it is empty.
  void quoted(std::string_view text) {
    text_ += text;
    word_ += text;
    in_word_ = true;
    check_length();
  }
  void plain(std::string_view text) {
    for (char c : text) {
      text_ += c;
      if (is_space(c)) {
        end_word();
      } else {
        word_ += c;
        in_word_ = true;
      }
    }
    check_length();
  }
  std::string take_text() { return std::move(text_); }
  std::vector<std::string> take_words() {
    end_word();
    return std::move(words_);
  }

 private:
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  void check_length() const {
    if (text_.size() > kMaxLength) throw_invalid("a word is longer than 128 KiB after substitution");
  }

  std::string text_, word_;
  bool in_word_ = false;
  std::vector<std::string> words_;
};

constexpr int kMaxDepth = 64;  // of ${a:-${b:-…}}

class Scanner {
 public:
  Scanner(std::string_view text, const Variables& variables, const ShellWordOptions& options, int depth = 0)
      : text_(text), variables_(variables), options_(options), depth_(depth) {
    if (depth > kMaxDepth) throw_invalid("substitutions are nested too deeply");
  }

  Output run() {
    while (!done()) {
      char c = next();
      if (c == '$') {
        output_.plain(dollar());
      } else if (c == options_.escape) {
        escaped();
      } else if (c == '\'' && !options_.keep_quotes) {
        single_quoted();
      } else if (c == '"' && !options_.keep_quotes) {
        double_quoted();
      } else {
        output_.plain(std::string_view(&c, 1));
      }
    }
    return std::move(output_);
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  char next() { return text_[at_++]; }

  // In heredocs only "\$" is taken: the rest is content.
  void escaped() {
    if (options_.keep_quotes && peek() != '$' && peek() != options_.escape) {
      output_.quoted(std::string_view(&options_.escape, 1));
    } else if (done()) {
      output_.quoted(std::string_view(&options_.escape, 1));
    } else {
      char c = next();
      output_.quoted(std::string_view(&c, 1));
    }
  }

  void single_quoted() {
    size_t end = text_.find('\'', at_);
    if (end == text_.npos)
      throw_invalid("unexpected end of statement while looking for matching single-quote");
    output_.quoted(text_.substr(at_, end - at_));
    at_ = end + 1;
  }

  void double_quoted();
  std::string dollar();
  std::string name();
  std::string braced();
  std::string substitute(const std::string& name, std::string_view operation, std::string_view argument);
  std::string fall_back(const std::string& name, char operation, bool empty_counts,
                        std::string_view argument);
  std::string_view argument();
  std::string expand(std::string_view text) const {
    return Scanner(text, variables_, options_, depth_ + 1).run().take_text();
  }
  std::string value_of(const std::string& variable) const { return variables_(variable).value_or(""); }

  std::string_view text_;
  size_t at_ = 0;
  const Variables& variables_;
  const ShellWordOptions& options_;
  int depth_;
  Output output_;
};

void Scanner::double_quoted() {
  std::string content;
  for (;;) {
    if (done()) throw_invalid("unexpected end of statement while looking for matching double-quote");
    char c = next();
    if (c == '"') break;
    if (c == '$') {
      content += dollar();
      if (content.size() > kMaxLength) throw_invalid("a word is longer than 128 KiB after substitution");
    } else if (c == options_.escape && (peek() == '"' || peek() == '$' || peek() == options_.escape)) {
      content += next();
    } else {
      content += c;
    }
  }
  output_.quoted(content);
}

// After a '$'. What is no variable stays as it is.
std::string Scanner::dollar() {
  if (peek() == '{') {
    ++at_;
    return braced();
  }
  std::string variable = name();
  return variable.empty() ? "$" : value_of(variable);
}

// A name, a positional parameter or one of the special ones, which are never set here.
std::string Scanner::name() {
  std::string result;
  if (is_letter(peek()) || peek() == '_') {
    while (is_name_char(peek())) result += next();
  } else if (is_digit(peek())) {
    while (is_digit(peek())) result += next();
  } else if (!done() && std::string_view("@*#?-!").find(peek()) != std::string_view::npos) {
    result += next();
  }
  return result;
}

std::string Scanner::braced() {
  std::string variable = name();
  if (variable.empty()) throw_invalid("syntax error: bad substitution");
  if (done()) throw_invalid("syntax error: missing '}'");
  if (peek() == '}') {
    ++at_;
    return value_of(variable);
  }
  size_t start = at_;
  char first = next();
  bool two = !done() && (first == ':' || ((first == '#' || first == '%' || first == '/') && peek() == first));
  if (two) ++at_;
  std::string_view operation = text_.substr(start, at_ - start);
  return substitute(variable, operation, argument());
}

// Up to the brace that closes ours, over nested ${…}, quotes and escapes.
std::string_view Scanner::argument() {
  size_t start = at_;
  int depth = 1;
  while (!done()) {
    char c = next();
    if (c == options_.escape && !done()) {
      ++at_;
    } else if (c == '$' && peek() == '{') {
      ++depth;
      ++at_;
    } else if (c == '}' && --depth == 0) {
      return text_.substr(start, at_ - 1 - start);
    }
  }
  throw_invalid("syntax error: missing '}'");
}

std::string Scanner::substitute(const std::string& variable, std::string_view operation,
                                std::string_view argument) {
  char kind = operation.back();
  if (operation.front() == ':' || kind == '-' || kind == '+' || kind == '?') {
    return fall_back(variable, kind, operation.front() == ':', argument);
  }
  std::string value = value_of(variable);
  bool twice = operation.size() == 2;
  if (value.size() > kMaxPatternSubject) throw_invalid(fmt::format("{} is too long for a pattern", variable));
  if (kind == '#') return trim_prefix(value, expand(argument), twice);
  if (kind == '%') return trim_suffix(value, expand(argument), twice);
  if (kind != '/') throw_invalid(fmt::format("unsupported modifier ({}) in substitution", operation));
  size_t slash = 0;
  while (slash < argument.size() && argument[slash] != '/')
    slash += argument[slash] == options_.escape ? 2 : 1;
  std::string pattern = expand(argument.substr(0, slash));
  std::string replacement = slash >= argument.size() ? "" : expand(argument.substr(slash + 1));
  return replace_pattern(value, pattern, replacement, twice);
}

std::string Scanner::fall_back(const std::string& variable, char operation, bool empty_counts,
                               std::string_view argument) {
  auto value = variables_(variable);
  bool missing = !value || (empty_counts && value->empty());
  if (operation == '-') return missing ? expand(argument) : *value;
  if (operation == '+') return missing ? "" : expand(argument);
  if (operation != '?') throw_invalid(fmt::format("unsupported modifier (:{}) in substitution", operation));
  if (!missing) return *value;
  std::string message = expand(argument);
  if (message.empty()) message = empty_counts ? "is not allowed to be empty" : "is not allowed to be unset";
  throw_invalid(fmt::format("{}: {}", variable, message));
}

}  // namespace

std::string expand_word(std::string_view word, const Variables& variables, const ShellWordOptions& options) {
  return Scanner(word, variables, options).run().take_text();
}

std::vector<std::string> expand_words(std::string_view word, const Variables& variables,
                                      const ShellWordOptions& options) {
  return Scanner(word, variables, options).run().take_words();
}

}  // namespace rundlet::builder::dockerfile
