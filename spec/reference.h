// Image references in docker's form: [registry/]repository[:tag][@digest], normalised as docker does
// ("debian" is docker.io/library/debian:latest).
#pragma once

#include <string>
#include <string_view>

namespace rundlet::spec {

struct Reference {
  std::string registry;    // "docker.io", "127.0.0.1:5000"
  std::string repository;  // "library/debian"
  std::string tag;         // empty when only a digest was given
  std::string digest;      // empty when none was given

  // Throws invalid_argument ("invalid reference format", as docker says). Without tag and digest: tag
  // "latest".
  static Reference parse(std::string_view text);

  // "docker.io/library/debian:12", the key under which the store keeps it.
  std::string canonical() const;
  // "debian:12", as users see it.
  std::string familiar() const;
  // familiar() without tag and digest.
  std::string familiar_name() const;
  // canonical() without tag and digest.
  std::string name() const;
};

}  // namespace rundlet::spec
