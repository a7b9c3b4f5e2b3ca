// A walk over a directory tree by descriptors: no symlink is followed, no mount point crossed, and neither
// the stack nor the number of open descriptors grows with the depth of the tree.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"

namespace rundlet::fs {

class TreeWalk {
 public:
  virtual ~TreeWalk() = default;
  // Walks the tree whose root is the directory `name` in `parent`. Entries that vanish meanwhile are passed
  // over.
  void run(int parent, const std::string& name);

 protected:
  // Anything that is not a directory.
  virtual void visit(int directory, const std::string& name) = 0;
  // A directory whose content has been walked. Returns true to walk it once more (it was not empty, say).
  virtual bool leave(int parent, const std::string& name) = 0;
  // A directory on which something is mounted; it is not entered.
  virtual void mount_point(const std::string& name) = 0;
  // The path, from the root's name on, of an entry of the directory that is being walked.
  std::string path_of(const std::string& name) const;

 private:
  struct Level {
    std::string name;
    Fd fd;  // closed when the walk is far below
    dev_t device;
    ino_t inode;
    std::vector<std::string> pending;  // directories still to be entered
  };
  void enter(int parent, const std::string& name);
  void scan(Level& level);
  void leave_last(int root_parent);
  void reopen(Level& above, const Level& below);

  std::vector<Level> levels_;
};

}  // namespace rundlet::fs
