#include "cli/context/build_context.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/codec/compress.h"
#include "base/error.h"
#include "base/random.h"

namespace rundlet::cli {
namespace {

constexpr size_t kChunk = 256 * 1024;
constexpr char kIgnoreFile[] = ".dockerignore";

std::optional<std::string> read_if_there(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::not_found) return std::nullopt;
    throw;
  }
}

std::vector<std::string> sorted_names(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) throw_errno("open " + path);
  std::vector<std::string> names;
  errno = 0;
  while (dirent* entry = ::readdir(directory.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
    errno = 0;
  }
  if (errno != 0) throw_errno("read " + path);
  std::sort(names.begin(), names.end());
  return names;
}

std::string link_target(const std::string& path) {
  char target[4096];
  ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length < 0) throw_errno("readlink " + path);
  return {target, static_cast<size_t>(length)};
}

// nullopt for sockets, which no archive holds.
std::optional<codec::EntryType> entry_type(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return codec::EntryType::file;
    case S_IFDIR:
      return codec::EntryType::directory;
    case S_IFLNK:
      return codec::EntryType::symlink;
    case S_IFIFO:
      return codec::EntryType::fifo;
    case S_IFCHR:
      return codec::EntryType::char_device;
    case S_IFBLK:
      return codec::EntryType::block_device;
    default:
      return std::nullopt;
  }
}

codec::TarEntry generated_entry(const std::string& path, const std::string& content) {
  codec::TarEntry entry;
  entry.path = path;
  entry.mode = 0600;
  entry.size = content.size();
  return entry;
}

}  // namespace

class ContextStream::Buffer : public codec::Sink {
 public:
  void write(std::string_view data) override { data_ += data; }
  bool empty() const { return at_ == data_.size(); }
  size_t take(char* into, size_t size) {
    size_t count = std::min(size, data_.size() - at_);
    std::memcpy(into, data_.data() + at_, count);
    at_ += count;
    if (empty()) {
      data_.clear();
      at_ = 0;
    }
    return count;
  }

 private:
  std::string data_;
  size_t at_ = 0;
};

ContextStream::ContextStream(const ContextSpec& spec)
    : directory_(spec.directory), dockerfile_(spec.dockerfile), buffer_(std::make_unique<Buffer>()) {
  load_rules(spec);
  walk("");
  for (const auto& [path, content] : generated_) entries_.push_back(generated_entry(path, content));
  writer_ = std::make_unique<codec::TarWriter>(*buffer_);
}

ContextStream::~ContextStream() = default;

void ContextStream::load_rules(const ContextSpec& spec) {
  auto own =
      spec.foreign_dockerfile ? std::nullopt : read_if_there(directory_ + "/" + dockerfile_ + kIgnoreFile);
  auto text = own ? own : read_if_there(directory_ + "/" + kIgnoreFile);
  std::string rules = text.value_or("");
  if (spec.foreign_dockerfile) {
    dockerfile_ = ".dockerfile." + random_hex(10);
    generated_[dockerfile_] = *spec.foreign_dockerfile;
    generated_[kIgnoreFile] = rules + "\n" + dockerfile_ + "\n";
  }
  rules_ = spec::Dockerignore::parse(rules);
  // The engine needs these two whatever the rules say; it keeps them out of COPY itself.
  bool hides_own_files = rules_.excludes(kIgnoreFile) || rules_.excludes(dockerfile_);
  if (hides_own_files)
    rules_ = spec::Dockerignore::parse(fmt::format("{}\n!{}\n!{}\n", rules, kIgnoreFile, dockerfile_));
}

void ContextStream::walk(const std::string& relative) {
  std::string prefix = relative.empty() ? "" : relative + "/";
  for (const std::string& name : sorted_names(directory_ + "/" + relative)) {
    std::string path = prefix + name;
    struct stat info;
    if (::lstat((directory_ + "/" + path).c_str(), &info) != 0) throw_errno("lstat " + path);
    bool excluded = rules_.excludes(path);
    bool is_directory = S_ISDIR(info.st_mode);
    if (excluded && !(is_directory && rules_.may_include_below(path))) continue;
    if (!excluded && !generated_.count(path)) add(path, info);
    if (is_directory) walk(path);
  }
}

void ContextStream::add(const std::string& relative, const struct stat& info) {
  auto type = entry_type(info.st_mode);
  if (!type) return;
  codec::TarEntry entry;
  entry.path = relative;
  entry.type = *type;
  entry.mode = info.st_mode & 07777;
  entry.mtime = from_unix_nanos(info.st_mtim.tv_sec * 1'000'000'000);
  if (entry.type == codec::EntryType::file) {
    entry.size = static_cast<uint64_t>(info.st_size);
    auto [first, fresh] = info.st_nlink > 1 ? links_.emplace(std::pair{info.st_dev, info.st_ino}, relative)
                                            : std::pair{links_.end(), true};
    if (!fresh) {
      entry.type = codec::EntryType::hardlink;
      entry.link_target = first->second;
      entry.size = 0;
    }
  } else if (entry.type == codec::EntryType::symlink) {
    entry.link_target = link_target(directory_ + "/" + relative);
  } else if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
    entry.dev_major = major(info.st_rdev);
    entry.dev_minor = minor(info.st_rdev);
  }
  entries_.push_back(std::move(entry));
}

void ContextStream::begin_next() {
  const codec::TarEntry& entry = entries_[next_++];
  writer_->begin(entry);
  if (entry.type != codec::EntryType::file) return;
  if (auto found = generated_.find(entry.path); found != generated_.end())
    return writer_->write(found->second);
  open_file_ = open_file(directory_ + "/" + entry.path, O_RDONLY | O_NOFOLLOW);
  left_ = entry.size;
  copy_content();
}

// A file that grows meanwhile is cut; one that shrinks cannot be sent.
void ContextStream::copy_content() {
  std::string chunk(std::min<uint64_t>(kChunk, left_), '\0');
  ssize_t count = left_ == 0 ? 0 : ::read(open_file_.get(), chunk.data(), chunk.size());
  if (count < 0) throw_errno("read " + entries_[next_ - 1].path);
  if (count == 0 && left_ > 0)
    throw_error(ErrorCode::failed_precondition, entries_[next_ - 1].path + ": file shrank while it was sent");
  writer_->write(std::string_view(chunk).substr(0, static_cast<size_t>(count)));
  left_ -= static_cast<uint64_t>(count);
  if (left_ == 0) open_file_.reset();
}

void ContextStream::fill() {
  while (buffer_->empty() && !finished_) {
    if (open_file_) {
      copy_content();
    } else if (next_ < entries_.size()) {
      begin_next();
    } else {
      writer_->finish();
      finished_ = true;
    }
  }
}

size_t ContextStream::read(char* buffer, size_t size) {
  fill();
  size_t count = buffer_->take(buffer, size);
  sent_ += count;
  return count;
}

std::string single_file_tar(const std::string& path, const std::string& content) {
  struct Text : codec::Sink {
    std::string data;
    void write(std::string_view more) override { data += more; }
  } text;
  codec::TarWriter writer(text);
  writer.begin(generated_entry(path, content));
  writer.write(content);
  writer.finish();
  return text.data;
}

bool looks_like_archive(std::string_view first_bytes) {
  constexpr size_t kMagicOffset = 257;
  if (codec::detect_compression(first_bytes) != codec::Compression::none) return true;
  return first_bytes.size() > kMagicOffset + 5 && first_bytes.substr(kMagicOffset, 5) == "ustar";
}

}  // namespace rundlet::cli
