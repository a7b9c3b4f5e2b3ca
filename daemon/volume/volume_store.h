// daemon/volume: named and anonymous volumes of the local driver: ROOT/volumes/NAME/_data, rows in state.db.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/db/sqlite.h"

namespace rundlet::daemon {

struct Volume {
  std::string name;
  std::string mountpoint;  // the _data directory
  TimePoint created{};
  bool anonymous = false;
  std::map<std::string, std::string> labels;
};

class VolumeStore {
 public:
  VolumeStore(std::string root, db::Database& database);

  // A name for an anonymous volume.
  static std::string anonymous_name();
  struct Obtained {
    Volume volume;
    bool created = false;
  };
  // The volume of that name, made when missing. Throws invalid_argument for a name that docker would not take.
  Obtained obtain(const std::string& name, bool anonymous = false);
  std::optional<Volume> find(const std::string& name) const;
  std::vector<Volume> list() const;
  // No error when there is none. The caller knows that no container uses it.
  void remove(const std::string& name);
  // Directories without a row (a crash between the two) are removed, rows without a directory get one.
  void recover();

 private:
  Volume volume_of(const db::Row& row) const;
  std::string directory(const std::string& name) const { return root_ + "/" + name; }
  std::string root_;
  db::Database& database_;
};

}  // namespace rundlet::daemon
