// bzip2 and xz by libarchive's filters: rare in images, so not worth libraries of their own.
#include <archive_entry.h>

#include "base/codec/archive_input.h"
#include "base/codec/compressors.h"
#include "base/error.h"

namespace rundlet::codec {
namespace {

class FilterSource : public Source {
 public:
  FilterSource(std::unique_ptr<Source> from, int filter, std::string name)
      : from_(std::move(from)), input_(*from_), name_(std::move(name)) {
    // Exactly this one: guessing would pass over a damaged header, and unpack what was packed twice.
    if (::archive_read_append_filter(input_.get(), filter) != ARCHIVE_OK) input_.fail(name_);
    ::archive_read_support_format_raw(input_.get());
    ::archive_read_support_format_empty(input_.get());
  }

  size_t read(char* buffer, size_t size) override {
    if (!opened_) open();
    la_ssize_t count = empty_ ? 0 : ::archive_read_data(input_.get(), buffer, size);
    if (count < 0) input_.fail("corrupt " + name_ + " data");
    if (count == 0 && size > 0) check_all_used();
    return static_cast<size_t>(count);
  }

 private:
  void open() {
    opened_ = true;
    input_.open();
    // It has read the first bytes and takes a failure there for an empty file.
    if (::archive_errno(input_.get()) != 0) input_.fail("corrupt " + name_ + " data");
    archive_entry* entry = nullptr;
    int result = ::archive_read_next_header(input_.get(), &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_EOF) input_.fail("corrupt " + name_ + " data");
    empty_ = result == ARCHIVE_EOF;
  }

  // The filter takes what it does not know for the end of the file.
  void check_all_used() {
    char more;
    if (static_cast<uint64_t>(::archive_filter_bytes(input_.get(), -1)) != input_.delivered() ||
        from_->read(&more, 1) > 0)
      throw_invalid("corrupt " + name_ + " data: garbage after the end");
  }

  std::unique_ptr<Source> from_;
  ArchiveInput input_;
  std::string name_;
  bool opened_ = false;
  bool empty_ = false;
};

}  // namespace

std::unique_ptr<Source> bzip2_source(std::unique_ptr<Source> from) {
  return std::make_unique<FilterSource>(std::move(from), ARCHIVE_FILTER_BZIP2, "bzip2");
}
std::unique_ptr<Source> xz_source(std::unique_ptr<Source> from) {
  return std::make_unique<FilterSource>(std::move(from), ARCHIVE_FILTER_XZ, "xz");
}

}  // namespace rundlet::codec
