#include "daemon/volume/volume_store.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"

namespace rundlet::daemon {
namespace {

void require_valid(const std::string& name) {
  auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '-'; };
  if (name.size() >= 2 && std::isalnum(static_cast<unsigned char>(name[0])) &&
      std::all_of(name.begin(), name.end(), allowed))
    return;
  throw_invalid(
      "\"" + name +
      "\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are "
      "allowed. If you intended to pass a host directory, use absolute path");
}

std::vector<std::string> entries_of(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) throw_errno("open " + path);
  std::vector<std::string> names;
  while (dirent* entry = ::readdir(directory.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

}  // namespace

VolumeStore::VolumeStore(std::string root, db::Database& database)
    : root_(std::move(root)), database_(database) {
  fs::make_directories(root_, 0701);
  database_.migrate("volumes", {
                                   "CREATE TABLE volumes(name TEXT PRIMARY KEY, created INTEGER NOT NULL, "
                                   "anonymous INTEGER NOT NULL) WITHOUT ROWID;",
                               });
}

std::string VolumeStore::anonymous_name() {
  return random_hex(32);
}

VolumeStore::Obtained VolumeStore::obtain(const std::string& name, bool anonymous) {
  require_valid(name);
  if (auto existing = find(name)) return {*existing, false};
  Volume volume{name, directory(name) + "/_data", now(), anonymous, {}};
  bool created = false;
  crash_point("volume.before_row");
  database_.write([&](db::Connection& connection) {
    connection.query("INSERT OR IGNORE INTO volumes(name, created, anonymous) VALUES(?1, ?2, ?3)",
                     {name, unix_nanos(volume.created), int64_t{anonymous}});
    created = connection.changes() > 0;
  });
  crash_point("volume.after_row");
  fs::make_directories(volume.mountpoint, 0755);
  return {volume, created};
}

std::optional<Volume> VolumeStore::find(const std::string& name) const {
  std::optional<Volume> found;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT name, created, anonymous FROM volumes WHERE name = ?1", {name},
                     [&](const db::Row& row) { found = volume_of(row); });
  });
  return found;
}

Volume VolumeStore::volume_of(const db::Row& row) const {
  Volume volume;
  volume.name = row.text(0);
  volume.created = from_unix_nanos(row.integer(1));
  volume.anonymous = row.integer(2) != 0;
  volume.mountpoint = directory(volume.name) + "/_data";
  return volume;
}

std::vector<Volume> VolumeStore::list() const {
  std::vector<Volume> volumes;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT name, created, anonymous FROM volumes ORDER BY name", {},
                     [&](const db::Row& row) { volumes.push_back(volume_of(row)); });
  });
  return volumes;
}

void VolumeStore::remove(const std::string& name) {
  require_valid(name);
  database_.write(
      [&](db::Connection& connection) { connection.query("DELETE FROM volumes WHERE name = ?1", {name}); });
  crash_point("volume.before_unlink");
  fs::remove_tree(directory(name));
}

void VolumeStore::recover() {
  std::vector<Volume> known = list();
  for (const std::string& entry : entries_of(root_)) {
    bool has_row = std::any_of(known.begin(), known.end(), [&](const Volume& v) { return v.name == entry; });
    if (!has_row) fs::remove_tree(directory(entry));
  }
  for (const Volume& volume : known) fs::make_directories(volume.mountpoint, 0755);
}

}  // namespace rundlet::daemon
