// The grammar of github.com/distribution/reference, by hand.
#include "spec/reference.h"

#include <algorithm>

#include "base/error.h"
#include "spec/digest.h"

namespace rundlet::spec {
namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kLegacyRegistry = "index.docker.io";
constexpr std::string_view kOfficialPrefix = "library/";
constexpr size_t kMaxNameLength = 255;
constexpr size_t kMaxTagLength = 128;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alnum(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c);
}
bool is_lower_alnum(char c) {
  return is_digit(c) || is_lower(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool has_upper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_upper);
}

[[noreturn]] void throw_format() {
  throw_invalid("invalid reference format");
}

bool is_image_id(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

// One '.', one or two '_', or any number of '-', between letters and digits.
bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" || text.find_first_not_of('-') == text.npos;
}

bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    if (is_lower_alnum(text[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (!is_lower_alnum(text[end])) ++end;
    if (!is_separator(text.substr(i, end - i))) return false;
    i = end;
  }
  return true;
}

bool is_repository(std::string_view text) {
  for (;;) {
    size_t slash = text.find('/');
    if (!is_path_component(text.substr(0, slash))) return false;
    if (slash == text.npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_domain_component(std::string_view text) {
  return !text.empty() && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_host_name(std::string_view text) {
  for (;;) {
    size_t dot = text.find('.');
    if (!is_domain_component(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_registry(std::string_view text) {
  size_t port = text.npos;
  bool valid_host = false;
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == text.npos || end == 1) return false;
    std::string_view address = text.substr(1, end - 1);
    valid_host = std::all_of(address.begin(), address.end(), [](char c) { return is_hex(c) || c == ':'; });
    if (end + 1 < text.size()) port = end + 1;
  } else {
    port = text.find(':');
    valid_host = is_host_name(text.substr(0, port));
  }
  if (!valid_host || port == text.npos) return valid_host;
  std::string_view number = text.substr(port + 1);
  return text[port] == ':' && !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
}

bool is_tag(std::string_view text) {
  auto word = [](char c) { return is_alnum(c) || c == '_'; };
  return !text.empty() && text.size() <= kMaxTagLength && word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

// Splits off the registry as docker does: "a/b" has none, "a.b/c", "a:1/c", "localhost/c" and "A/c" have one.
void split_registry(std::string_view text, Reference& reference, std::string_view& rest) {
  size_t slash = text.find('/');
  std::string_view first = text.substr(0, slash);
  bool names_registry = slash != text.npos &&
                        (first == "localhost" || first.find_first_of(".:") != first.npos || has_upper(first));
  rest = names_registry ? text.substr(slash + 1) : text;
  reference.registry = names_registry && first != kLegacyRegistry ? first : kDefaultRegistry;
}

// The first ':' of what follows the registry starts the tag, unless '@' comes before.
void split_tag_and_digest(std::string_view rest, Reference& reference, std::string_view& repository) {
  size_t at = rest.find('@');
  std::string_view named = rest.substr(0, at);
  if (at != rest.npos) reference.digest = rest.substr(at + 1);
  size_t colon = named.find(':');
  repository = named.substr(0, colon);
  if (colon == named.npos) return;
  reference.tag = named.substr(colon + 1);
  if (!is_tag(reference.tag)) throw_format();
}

void check_digest(std::string_view digest) {
  size_t colon = digest.find(':');
  if (colon == digest.npos || colon == 0) throw_format();
  std::string_view hex = digest.substr(colon + 1);
  if (hex.size() < 32 || !std::all_of(hex.begin(), hex.end(), is_hex)) throw_format();
  Digest::parse(digest);
}

}  // namespace

Reference Reference::parse(std::string_view text) {
  if (text.empty()) throw_format();
  if (is_image_id(text))
    throw_invalid("invalid repository name (" + std::string(text) +
                  "), cannot specify 64-byte hexadecimal strings");
  Reference reference;
  std::string_view rest, repository;
  split_registry(text, reference, rest);
  split_tag_and_digest(rest, reference, repository);
  bool official = reference.registry == kDefaultRegistry && repository.find('/') == repository.npos;
  reference.repository = (official ? std::string(kOfficialPrefix) : "") + std::string(repository);
  if (has_upper(repository))
    throw_invalid("invalid reference format: repository name (" + reference.repository +
                  ") must be lowercase");
  if (!is_registry(reference.registry) || !is_repository(reference.repository)) throw_format();
  if (reference.repository.size() > kMaxNameLength)
    throw_invalid("repository name must not be more than 255 characters");
  if (rest.find('@') != rest.npos) check_digest(reference.digest);
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

std::string Reference::name() const {
  return registry + "/" + repository;
}

std::string Reference::familiar_name() const {
  if (registry != kDefaultRegistry) return name();
  std::string_view path = repository;
  if (path.starts_with(kOfficialPrefix) && path.find('/', kOfficialPrefix.size()) == path.npos)
    path.remove_prefix(kOfficialPrefix.size());
  return std::string(path);
}

namespace {

std::string with_tag_and_digest(std::string text, const Reference& reference) {
  if (!reference.tag.empty()) text += ":" + reference.tag;
  if (!reference.digest.empty()) text += "@" + reference.digest;
  return text;
}

}  // namespace

std::string Reference::canonical() const {
  return with_tag_and_digest(name(), *this);
}
std::string Reference::familiar() const {
  return with_tag_and_digest(familiar_name(), *this);
}

}  // namespace rundlet::spec
