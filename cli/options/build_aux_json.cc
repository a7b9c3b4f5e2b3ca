#include "base/codec/json.h"
#include "cli/options/build_aux.h"

namespace rundlet::cli {
namespace {

struct BuiltImage {
  std::string id;
};

template <class Visitor>
void describe(Visitor& v, BuiltImage& image) {
  v("ID", image.id);
}

}  // namespace

std::string image_id_of(const json::Raw& aux) {
  return json::decode<BuiltImage>(aux.text, json::Unknown::ignore).id;
}

}  // namespace rundlet::cli
