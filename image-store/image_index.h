// The rows of images and their names. Whoever changes names then writes the OCI layout's index.json anew
// (oci_layout.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/db/sqlite.h"
#include "image-store/image_store.h"

namespace rundlet::image_store {

class ImageIndex {
 public:
  explicit ImageIndex(db::Database& database) : database_(database) {}

  // What an image needs to be kept: its own blobs and the snapshots of its chains.
  struct Holdings {
    std::vector<spec::Digest> blobs, chains;
  };
  // An image that is there already takes the new manifest and keeps what it held before.
  void add(const spec::Digest& id, const spec::Descriptor& manifest, const Holdings& holdings);
  // These throw not_found for an unknown image.
  void tag(const spec::Digest& id, const std::string& canonical_name);
  void add_digest(const spec::Digest& id, const std::string& canonical_digest_name);
  // A name or a digest name; throws not_found.
  void untag(const std::string& name);
  void remove(const spec::Digest& id);

  std::optional<Image> by_id(const std::string& id) const;
  std::optional<Image> by_name(const std::string& canonical_name) const;
  std::optional<Image> by_digest_name(const std::string& canonical_digest_name) const;
  // Ids that begin with "sha256:HEX"; at most two.
  std::vector<std::string> ids_with_prefix(const std::string& hex) const;
  std::vector<Image> list() const;
  // Images that have a layer of this chain.
  std::vector<Image> with_chain(const spec::Digest& chain) const;

 private:
  std::vector<Image> select(const std::string& condition, const std::vector<db::Parameter>& parameters) const;
  std::optional<Image> select_one(const std::string& condition, const std::string& parameter) const;

  db::Database& database_;
};

}  // namespace rundlet::image_store
