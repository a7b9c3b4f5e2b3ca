#include "image-store/user_lookup.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::image_store {
namespace {

constexpr uint64_t kMaxFileSize = 8u << 20;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 0x7fffffff)
    return {};
  return value;
}

// "" when the image has no such file. O_NONBLOCK: a hostile image may hold a fifo there.
std::string read_small_file(const fs::RootedPath& root, std::string_view path) {
  if (!root.exists(path)) return "";
  Fd file;
  try {
    file = root.open(path, O_RDONLY | O_NONBLOCK);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::not_found) return "";  // a dangling symlink
    throw;
  }
  struct stat info;
  if (::fstat(file.get(), &info) != 0) throw_errno("stat " + std::string(path));
  if (!S_ISREG(info.st_mode)) throw_invalid(std::string(path) + " is not a regular file");
  if (static_cast<uint64_t>(info.st_size) > kMaxFileSize) throw_invalid(std::string(path) + " is too large");
  return read_all(file.get());
}

struct PasswdEntry {
  std::string_view name, home;
  uint32_t uid = 0, gid = 0;
};

std::vector<PasswdEntry> parse_passwd(std::string_view text) {
  std::vector<PasswdEntry> entries;
  for (std::string_view line : split(text, '\n')) {
    auto fields = split(line, ':');
    if (fields.size() < 4 || line.starts_with('#')) continue;
    auto uid = number(fields[2]), gid = number(fields[3]);
    if (uid && gid) entries.push_back({fields[0], fields.size() > 5 ? fields[5] : "", *uid, *gid});
  }
  return entries;
}

struct GroupEntry {
  std::string_view name;
  uint32_t gid = 0;
  std::vector<std::string_view> members;
};

std::vector<GroupEntry> parse_group(std::string_view text) {
  std::vector<GroupEntry> entries;
  for (std::string_view line : split(text, '\n')) {
    auto fields = split(line, ':');
    if (fields.size() < 3 || line.starts_with('#')) continue;
    if (auto gid = number(fields[2])) {
      entries.push_back(
          {fields[0], *gid, fields.size() > 3 ? split(fields[3], ',') : std::vector<std::string_view>{}});
    }
  }
  return entries;
}

// A name wins over a number, as in docker.
const PasswdEntry* find_user(const std::vector<PasswdEntry>& entries, std::string_view user) {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.name == user; });
  if (found == entries.end()) {
    auto uid = number(user);
    found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return uid && e.uid == *uid; });
  }
  return found == entries.end() ? nullptr : &*found;
}

std::optional<uint32_t> find_group(const fs::RootedPath& root, std::string_view group) {
  std::string text = read_small_file(root, "etc/group");
  for (const GroupEntry& entry : parse_group(text)) {
    if (entry.name == group) return entry.gid;
  }
  return number(group);
}

uint32_t required_group(const fs::RootedPath& root, std::string_view group) {
  if (auto gid = find_group(root, group)) return *gid;
  throw_invalid("unable to find group " + std::string(group) + ": no matching entries in group file");
}

std::vector<uint32_t> groups_of(const fs::RootedPath& root, std::string_view user) {
  std::string text = read_small_file(root, "etc/group");
  std::vector<uint32_t> gids;
  for (const GroupEntry& entry : parse_group(text)) {
    bool member = std::find(entry.members.begin(), entry.members.end(), user) != entry.members.end();
    if (member && std::find(gids.begin(), gids.end(), entry.gid) == gids.end()) gids.push_back(entry.gid);
  }
  return gids;
}

struct UserAndGroup {
  std::string_view user, group;
  bool has_group = false;
};

UserAndGroup split_owner(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == text.npos) return {text, "", false};
  return {text.substr(0, colon), text.substr(colon + 1), colon + 1 < text.size()};
}

}  // namespace

UserIds lookup_user(const fs::RootedPath& root, std::string_view text) {
  UserAndGroup wanted = split_owner(text);
  std::string_view user = wanted.user.empty() ? "0" : wanted.user;
  std::string passwd = read_small_file(root, "etc/passwd");
  auto entries = parse_passwd(passwd);
  UserIds ids;
  if (const PasswdEntry* entry = find_user(entries, user)) {
    ids.uid = entry->uid;
    ids.gid = entry->gid;
    if (!entry->home.empty()) ids.home = entry->home;
    if (!wanted.has_group) ids.additional_gids = groups_of(root, entry->name);
  } else if (auto uid = number(user)) {
    ids.uid = *uid;
  } else {
    throw_invalid("unable to find user " + std::string(user) + ": no matching entries in passwd file");
  }
  if (wanted.has_group) ids.gid = required_group(root, wanted.group);
  return ids;
}

uint32_t lookup_group(const fs::RootedPath& root, std::string_view group) {
  if (auto gid = find_group(root, group)) return *gid;
  throw_invalid("Unable to find group " + std::string(group));
}

Owner lookup_owner(const fs::RootedPath& root, std::string_view text) {
  UserAndGroup wanted = split_owner(text);
  Owner owner;
  if (auto uid = number(wanted.user)) {
    owner = {*uid, *uid};
  } else if (!wanted.user.empty()) {
    std::string passwd = read_small_file(root, "etc/passwd");
    auto entries = parse_passwd(passwd);
    const PasswdEntry* entry = find_user(entries, wanted.user);
    if (entry == nullptr) {
      throw_invalid("unable to find user " + std::string(wanted.user) +
                    ": no matching entries in passwd file");
    }
    owner = {entry->uid, entry->gid};
  }
  if (wanted.has_group) owner.gid = required_group(root, wanted.group);
  return owner;
}

}  // namespace rundlet::image_store
