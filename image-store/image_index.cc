#include "image-store/image_index.h"

#include "base/crash_point.h"
#include "base/error.h"

namespace rundlet::image_store {
namespace {

Image image_of(const db::Row& row) {
  Image image;
  image.id = spec::Digest::parse(row.text(0));
  image.manifest.digest = spec::Digest::parse(row.text(1));
  image.manifest.media_type = row.text(2);
  image.manifest.size = row.integer(3);
  image.added = from_unix_nanos(row.integer(4));
  return image;
}

void read_names(db::Connection& c, Image& image) {
  c.query("SELECT name FROM image_names WHERE image = ? ORDER BY name", {image.id.str()},
          [&](const db::Row& row) { image.names.push_back(row.text(0)); });
  c.query("SELECT name FROM image_digests WHERE image = ? ORDER BY name", {image.id.str()},
          [&](const db::Row& row) { image.digests.push_back(row.text(0)); });
}

void require_image(db::Connection& c, const spec::Digest& id) {
  bool there = false;
  c.query("SELECT 1 FROM images WHERE id = ?", {id.str()}, [&](const db::Row&) { there = true; });
  if (!there) throw_not_found("No such image: " + id.str());
}

void insert_holdings(db::Connection& c, const spec::Digest& id, const ImageIndex::Holdings& holdings) {
  for (const spec::Digest& blob : holdings.blobs)
    c.query("INSERT OR IGNORE INTO image_blobs(image, digest) VALUES(?, ?)", {id.str(), blob.str()});
  for (const spec::Digest& chain : holdings.chains)
    c.query("INSERT OR IGNORE INTO image_chains(image, chain) VALUES(?, ?)", {id.str(), chain.str()});
}

}  // namespace

void ImageIndex::add(const spec::Digest& id, const spec::Descriptor& manifest, const Holdings& holdings) {
  crash_point("image.before_row");
  database_.write([&](db::Connection& c) {
    c.query(
        "INSERT INTO images(id, manifest, media_type, size, added) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(id) DO UPDATE SET manifest = excluded.manifest, media_type = excluded.media_type,"
        " size = excluded.size",
        {id.str(), manifest.digest.str(), manifest.media_type, manifest.size, unix_nanos(now())});
    insert_holdings(c, id, holdings);
  });
  crash_point("image.after_row");
}

void ImageIndex::tag(const spec::Digest& id, const std::string& canonical_name) {
  database_.write([&](db::Connection& c) {
    require_image(c, id);
    c.query("INSERT OR REPLACE INTO image_names(name, image) VALUES(?, ?)", {canonical_name, id.str()});
    c.query("UPDATE images SET added = ? WHERE id = ?", {unix_nanos(now()), id.str()});
  });
  crash_point("image.after_tag");
}

void ImageIndex::add_digest(const spec::Digest& id, const std::string& canonical_digest_name) {
  database_.write([&](db::Connection& c) {
    require_image(c, id);
    c.query("INSERT OR REPLACE INTO image_digests(name, image) VALUES(?, ?)",
            {canonical_digest_name, id.str()});
  });
}

void ImageIndex::untag(const std::string& name) {
  database_.write([&](db::Connection& c) {
    int64_t dropped = 0;
    for (const char* table : {"image_names", "image_digests"}) {
      c.query(std::string("DELETE FROM ") + table + " WHERE name = ?", {name});
      dropped += c.changes();
    }
    if (dropped == 0) throw_not_found("No such image: " + name);
  });
  crash_point("image.after_untag");
}

void ImageIndex::remove(const spec::Digest& id) {
  database_.write([&](db::Connection& c) {
    require_image(c, id);
    for (const char* table : {"image_names", "image_digests", "image_blobs", "image_chains"})
      c.query(std::string("DELETE FROM ") + table + " WHERE image = ?", {id.str()});
    c.query("DELETE FROM images WHERE id = ?", {id.str()});
  });
  crash_point("image.after_remove");
}

std::vector<Image> ImageIndex::select(const std::string& condition,
                                      const std::vector<db::Parameter>& parameters) const {
  std::vector<Image> images;
  database_.read([&](db::Connection& c) {
    c.query("SELECT id, manifest, media_type, size, added FROM images " + condition, parameters,
            [&](const db::Row& row) { images.push_back(image_of(row)); });
    for (Image& image : images) read_names(c, image);
  });
  return images;
}

std::optional<Image> ImageIndex::select_one(const std::string& condition,
                                            const std::string& parameter) const {
  std::vector<Image> found = select(condition, {parameter});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Image> ImageIndex::by_id(const std::string& id) const {
  return select_one("WHERE id = ?", id);
}

std::optional<Image> ImageIndex::by_name(const std::string& canonical_name) const {
  return select_one("WHERE id = (SELECT image FROM image_names WHERE name = ?)", canonical_name);
}

std::optional<Image> ImageIndex::by_digest_name(const std::string& canonical_digest_name) const {
  return select_one("WHERE id = (SELECT image FROM image_digests WHERE name = ?)", canonical_digest_name);
}

std::vector<std::string> ImageIndex::ids_with_prefix(const std::string& hex) const {
  std::string from = "sha256:" + hex;
  std::vector<std::string> ids;
  database_.read([&](db::Connection& c) {
    // "g" sorts after every hex digit.
    c.query("SELECT id FROM images WHERE id >= ? AND id < ? LIMIT 2", {from, from + "g"},
            [&](const db::Row& row) { ids.push_back(row.text(0)); });
  });
  return ids;
}

std::vector<Image> ImageIndex::list() const {
  return select("ORDER BY added DESC, id", {});
}

std::vector<Image> ImageIndex::with_chain(const spec::Digest& chain) const {
  return select("WHERE id IN (SELECT image FROM image_chains WHERE chain = ?)", {chain.str()});
}

}  // namespace rundlet::image_store
