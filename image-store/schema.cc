#include "image-store/schema.h"

namespace rundlet::image_store {
namespace {

// snapshots.lease_seen is the newest lease at the time of prepare and then of commit: while that lease or an
// older one is open, the collector leaves the snapshot alone.
constexpr char kFirst[] = R"sql(
CREATE TABLE snapshots(
  id TEXT PRIMARY KEY,
  parent TEXT NOT NULL,
  committed INTEGER NOT NULL DEFAULT 0,
  synced INTEGER NOT NULL DEFAULT 0,
  label TEXT NOT NULL,
  chain TEXT UNIQUE,
  bytes INTEGER,
  lease_seen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX snapshots_by_parent ON snapshots(parent);
CREATE INDEX snapshots_unsynced ON snapshots(id) WHERE committed = 1 AND synced = 0;
CREATE TABLE store_state(key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE images(
  id TEXT PRIMARY KEY,
  manifest TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  added INTEGER NOT NULL
);
CREATE TABLE image_names(name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images(id));
CREATE INDEX image_names_by_image ON image_names(image);
CREATE TABLE image_digests(name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images(id));
CREATE INDEX image_digests_by_image ON image_digests(image);
CREATE TABLE image_blobs(image TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(image, digest));
CREATE INDEX image_blobs_by_digest ON image_blobs(digest);
CREATE TABLE image_chains(image TEXT NOT NULL, chain TEXT NOT NULL, PRIMARY KEY(image, chain));
CREATE INDEX image_chains_by_chain ON image_chains(chain);

CREATE TABLE leases(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  epoch TEXT NOT NULL,
  purpose TEXT NOT NULL
);
CREATE TABLE lease_blobs(lease INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(lease, digest));
CREATE INDEX lease_blobs_by_digest ON lease_blobs(digest);
CREATE TABLE lease_snapshots(lease INTEGER NOT NULL, snapshot TEXT NOT NULL, PRIMARY KEY(lease, snapshot));
CREATE INDEX lease_snapshots_by_snapshot ON lease_snapshots(snapshot);
)sql";

}  // namespace

void migrate(db::Database& database) {
  database.migrate("image-store", {kFirst});
}

}  // namespace rundlet::image_store
