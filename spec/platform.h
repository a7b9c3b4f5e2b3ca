// Platforms: "linux/amd64", "linux/arm64/v8" (OCI image spec, image-index.md).
#pragma once

#include <string>
#include <string_view>

namespace rundlet::spec {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;

  static Platform host();
  // Normalises aliases (x86_64, aarch64); throws invalid_argument.
  static Platform parse(std::string_view text);
  std::string str() const;
  // True when a machine of this platform can run `image`.
  bool runs(const Platform& image) const;
  bool operator==(const Platform&) const = default;
};

}  // namespace rundlet::spec
