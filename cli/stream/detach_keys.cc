#include "cli/stream/detach_keys.h"

#include "base/error.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

char parse_key(const std::string& key) {
  if (key.size() == 1) return key[0];
  constexpr std::string_view kPrefix = "ctrl-";
  if (key.size() == kPrefix.size() + 1 && key.starts_with(kPrefix)) {
    char letter = key.back();
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 1);
    if (letter == '@') return 0;
    size_t other = std::string_view("[\\]^_").find(letter);
    if (other != std::string_view::npos) return static_cast<char>(27 + other);
  }
  throw_invalid("Unknown character: '" + key + "'");
}

}  // namespace

std::string parse_detach_keys(std::string_view text) {
  std::string sequence;
  for (const std::string& key : split(text, ',')) sequence += parse_key(key);
  return sequence;
}

std::string DetachScanner::feed(std::string_view input) {
  std::string out;
  for (char c : input) {
    if (detached_) break;
    if (c == sequence_[matched_]) {
      detached_ = ++matched_ == sequence_.size();
      continue;
    }
    out += sequence_.substr(0, matched_);
    matched_ = c == sequence_[0] ? 1 : 0;
    if (matched_ == 0) out += c;
    detached_ = matched_ == sequence_.size();
  }
  return out;
}

}  // namespace rundlet::cli
