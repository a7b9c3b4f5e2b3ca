#include "base/codec/tar.h"
#include "base/error.h"
#include "image-store/layer.h"
#include "image-store/layer_writer.h"
#include "image-store/read_ahead.h"

namespace rundlet::image_store {
namespace {

class Borrowed : public codec::Source {
 public:
  explicit Borrowed(codec::Source& from) : from_(from) {}
  size_t read(char* buffer, size_t size) override { return from_.read(buffer, size); }

 private:
  codec::Source& from_;
};

}  // namespace

AppliedLayer apply_layer(codec::Source& compressed, const std::string& directory) {
  auto tar = codec::decompressing_source(std::make_unique<Borrowed>(compressed));
  ReadAhead ahead(*tar);
  codec::TarReader reader(ahead);
  LayerWriter writer(directory);
  while (auto entry = reader.next()) writer.add(*entry, reader);
  AppliedLayer applied;
  applied.implied_directories = writer.finish();
  applied.content_bytes = writer.content_bytes();
  applied.diff_id = spec::Digest::sha256(ahead.finish());
  return applied;
}

}  // namespace rundlet::image_store
