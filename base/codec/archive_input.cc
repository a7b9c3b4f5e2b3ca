#include "base/codec/archive_input.h"

#include <new>

#include "base/codec/compressors.h"
#include "base/error.h"

namespace rundlet::codec {

ArchiveInput::ArchiveInput(Source& from)
    : from_(from), buffer_(kStreamBuffer), archive_(::archive_read_new()) {
  if (archive_ == nullptr) throw std::bad_alloc();
}

ArchiveInput::~ArchiveInput() {
  ::archive_read_free(archive_);
}

void ArchiveInput::open() {
  if (::archive_read_open(archive_, this, nullptr, on_read, nullptr) != ARCHIVE_OK) fail("open archive");
}

void ArchiveInput::fail(const std::string& what) {
  if (error_) std::rethrow_exception(error_);
  const char* reason = ::archive_error_string(archive_);
  throw_invalid(what + ": " + (reason == nullptr ? "unknown reason" : reason));
}

la_ssize_t ArchiveInput::on_read(archive* archive, void* self, const void** data) {
  auto* input = static_cast<ArchiveInput*>(self);
  try {
    *data = input->buffer_.data();
    size_t count = input->from_.read(input->buffer_.data(), input->buffer_.size());
    input->delivered_ += count;
    return static_cast<la_ssize_t>(count);
  } catch (...) {
    input->error_ = std::current_exception();
    ::archive_set_error(archive, EIO, "read failed");
    return ARCHIVE_FATAL;
  }
}

}  // namespace rundlet::codec
