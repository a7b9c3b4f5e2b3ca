#include "runtime/rootfs/mount_options.h"

#include <sys/mount.h>

#include <array>
#include <optional>
#include <string_view>

namespace rundlet::runtime {
namespace {

struct Word {
  std::string_view name;
  bool set;            // else the flag is cleared
  unsigned long flag;  // MS_*
  uint64_t attr;       // MOUNT_ATTR_*, 0: the flag belongs to the file system, not to the mount
};
constexpr std::array<Word, 26> kWords{{{"ro", true, MS_RDONLY, MOUNT_ATTR_RDONLY},
                                       {"rw", false, MS_RDONLY, MOUNT_ATTR_RDONLY},
                                       {"nosuid", true, MS_NOSUID, MOUNT_ATTR_NOSUID},
                                       {"suid", false, MS_NOSUID, MOUNT_ATTR_NOSUID},
                                       {"nodev", true, MS_NODEV, MOUNT_ATTR_NODEV},
                                       {"dev", false, MS_NODEV, MOUNT_ATTR_NODEV},
                                       {"noexec", true, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
                                       {"exec", false, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
                                       {"noatime", true, MS_NOATIME, MOUNT_ATTR_NOATIME},
                                       {"atime", false, MS_NOATIME, MOUNT_ATTR_NOATIME},
                                       {"nodiratime", true, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
                                       {"diratime", false, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
                                       {"relatime", true, MS_RELATIME, MOUNT_ATTR_RELATIME},
                                       {"norelatime", false, MS_RELATIME, MOUNT_ATTR_RELATIME},
                                       {"strictatime", true, MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
                                       {"nostrictatime", false, MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
                                       {"nosymfollow", true, 256, MOUNT_ATTR_NOSYMFOLLOW},
                                       {"symfollow", false, 256, MOUNT_ATTR_NOSYMFOLLOW},
                                       {"sync", true, MS_SYNCHRONOUS, 0},
                                       {"async", false, MS_SYNCHRONOUS, 0},
                                       {"dirsync", true, MS_DIRSYNC, 0},
                                       {"mand", true, MS_MANDLOCK, 0},
                                       {"nomand", false, MS_MANDLOCK, 0},
                                       {"silent", true, MS_SILENT, 0},
                                       {"loud", false, MS_SILENT, 0},
                                       {"defaults", false, 0, 0}}};

constexpr uint64_t kAtimes = MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_RELATIME;

const Word* find_word(std::string_view name) {
  for (const Word& word : kWords)
    if (word.name == name) return &word;
  return nullptr;
}

// The access-time modes exclude each other and the kernel wants the whole field cleared when one is set.
void note_attr(const Word& word, uint64_t& set, uint64_t& clear) {
  if (word.name == "relatime" && word.set) {  // relatime is the value zero of the field
    set &= ~uint64_t{kAtimes};
    clear |= MOUNT_ATTR__ATIME;
  } else if (word.set) {
    set |= word.attr;
    if ((word.attr & kAtimes) != 0) clear |= MOUNT_ATTR__ATIME;
  } else {
    set &= ~word.attr;
  }
}

bool take_word(MountOptions& result, const std::string& option) {
  if (const Word* word = find_word(option)) {
    result.flags = word->set ? result.flags | word->flag : result.flags & ~word->flag;
    note_attr(*word, result.attr_set, result.attr_clear);
    return true;
  }
  if (option.size() < 2 || option[0] != 'r') return false;
  const Word* word = find_word(std::string_view(option).substr(1));  // "rro", "rnoexec"
  if (word == nullptr || word->attr == 0) return false;
  note_attr(*word, result.recursive_attr_set, result.recursive_attr_clear);
  if (!word->set) result.recursive_attr_clear |= word->attr;
  return true;
}

}  // namespace

unsigned long propagation_flag(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, unsigned long>, 8> kModes{
      {{"private", MS_PRIVATE},
       {"rprivate", MS_PRIVATE | MS_REC},
       {"shared", MS_SHARED},
       {"rshared", MS_SHARED | MS_REC},
       {"slave", MS_SLAVE},
       {"rslave", MS_SLAVE | MS_REC},
       {"unbindable", MS_UNBINDABLE},
       {"runbindable", MS_UNBINDABLE | MS_REC}}};
  for (const auto& [name, flag] : kModes)
    if (name == word) return flag;
  return 0;
}

MountOptions parse_mount_options(const std::vector<std::string>& options) {
  MountOptions result;
  for (const std::string& option : options) {
    if (option == "bind" || option == "rbind") {
      result.bind = true;
      result.recursive = option == "rbind";
    } else if (unsigned long mode = propagation_flag(option)) {
      result.propagation = mode & ~static_cast<unsigned long>(MS_REC);
      result.recursive_propagation = (mode & MS_REC) != 0;
    } else if (option == "tmpcopyup") {
      result.copy_up = true;
    } else if (!take_word(result, option) && !option.empty()) {
      result.data += (result.data.empty() ? "" : ",") + option;
    }
  }
  return result;
}

}  // namespace rundlet::runtime
