// The single compressions behind base/codec/compress.h; for that folder's own use.
#pragma once

#include <memory>

#include "base/codec/compress.h"

namespace rundlet::codec {

constexpr size_t kStreamBuffer = 256 * 1024;

std::unique_ptr<Source> gzip_source(std::unique_ptr<Source> from);
std::unique_ptr<Sink> gzip_sink(Sink& to);
std::unique_ptr<Source> zstd_source(std::unique_ptr<Source> from);
std::unique_ptr<Sink> zstd_sink(Sink& to);
std::unique_ptr<Source> bzip2_source(std::unique_ptr<Source> from);
std::unique_ptr<Source> xz_source(std::unique_ptr<Source> from);

}  // namespace rundlet::codec
