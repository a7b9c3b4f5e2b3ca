#include "registry-client/challenge.h"

#include <cctype>

namespace rundlet::registry_client {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_separators() {
    while (peek() == ' ' || peek() == '\t' || peek() == ',') ++at_;
  }
  std::string token() {
    size_t start = at_;
    while (!done() && is_token(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }
  // After the opening quote, up to the closing one.
  std::string quoted() {
    std::string value;
    while (!done() && peek() != '"') {
      if (peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_++];
    }
    take('"');
    return value;
  }
  size_t position() const { return at_; }
  void rewind(size_t position) { at_ = position; }

 private:
  static bool is_token(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~/:").find(c) != std::string_view::npos;
  }
  std::string_view text_;
  size_t at_ = 0;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// NAME=value; false when what follows is the next challenge's scheme or nothing that can be read.
bool read_parameter(Scanner& scanner, Challenge& challenge) {
  size_t start = scanner.position();
  std::string name = scanner.token();
  scanner.skip_spaces();
  if (name.empty() || !scanner.take('=')) {
    scanner.rewind(start);
    return false;
  }
  scanner.skip_spaces();
  challenge.parameters[lower(name)] = scanner.take('"') ? scanner.quoted() : scanner.token();
  return true;
}

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner scanner(header);
  for (scanner.skip_separators(); !scanner.done(); scanner.skip_separators()) {
    Challenge challenge{lower(scanner.token()), {}};
    if (challenge.scheme.empty()) break;
    do {
      scanner.skip_separators();
    } while (read_parameter(scanner, challenge));
    challenges.push_back(std::move(challenge));
  }
  return challenges;
}

}  // namespace rundlet::registry_client
