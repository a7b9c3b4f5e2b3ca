// ImageStore::find and get: how users name images.
#include "base/error.h"
#include "image-store/image_store.h"
#include "image-store/store_state.h"

namespace rundlet::image_store {
namespace {

constexpr std::string_view kAlgorithm = "sha256:";

bool is_hex(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The hex digits of "sha256:HEX" or "HEX", a whole id or the beginning of one; "" when it cannot be one.
std::string_view id_digits(std::string_view text) {
  if (text.starts_with(kAlgorithm)) text.remove_prefix(kAlgorithm.size());
  return is_hex(text) ? text : std::string_view();
}

std::optional<Image> find_by_reference(const ImageIndex& index, const spec::Reference& reference) {
  if (!reference.digest.empty()) return index.by_digest_name(reference.name() + "@" + reference.digest);
  return index.by_name(reference.canonical());
}

// docker names a missing image with its tag.
std::string shown(const std::string& name_or_id) {
  if (id_digits(name_or_id).size() == 64) return name_or_id;
  return spec::Reference::parse(name_or_id).familiar();
}

}  // namespace

std::optional<Image> ImageStore::find(const std::string& name_or_id) const {
  const ImageIndex& index = state_->index;
  std::string digits(id_digits(name_or_id));
  if (digits.size() == 64) return index.by_id(std::string(kAlgorithm) + digits);
  auto named = find_by_reference(index, spec::Reference::parse(name_or_id));
  if (named || digits.empty()) return named;
  std::vector<std::string> ids = index.ids_with_prefix(digits);
  if (ids.size() > 1) throw_invalid("multiple images have an id that begins with " + digits);
  return ids.empty() ? std::nullopt : index.by_id(ids.front());
}

Image ImageStore::get(const std::string& name_or_id) const {
  auto found = find(name_or_id);
  if (!found) throw_not_found("No such image: " + shown(name_or_id));
  return *found;
}

}  // namespace rundlet::image_store
