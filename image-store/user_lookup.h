// Users of an image by name: "user[:group]" against the tree's own /etc/passwd and /etc/group, as docker does
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs/rooted_path.h"

namespace rundlet::image_store {

struct UserIds {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> additional_gids;  // of /etc/group; none when the group was given
  std::string home = "/";                 // of /etc/passwd
};

// For running as a user. "" is root. A number need not be in /etc/passwd; its group is then 0. Throws
// invalid_argument, "unable to find user NAME: no matching entries in passwd file".
UserIds lookup_user(const fs::RootedPath& root, std::string_view user);

// Numeric ids of groups named or numbered (docker's --group-add). Throws "Unable to find group NAME".
uint32_t lookup_group(const fs::RootedPath& root, std::string_view group);

struct Owner {
  uint32_t uid = 0, gid = 0;
  bool operator==(const Owner&) const = default;
};
// For COPY --chown: a name without a group brings its group of /etc/passwd, a number the same number as
// group.
Owner lookup_owner(const fs::RootedPath& root, std::string_view owner);

}  // namespace rundlet::image_store
