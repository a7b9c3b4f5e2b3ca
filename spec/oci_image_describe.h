// Codec shapes that image documents and the Engine API share. For *_json.cc files only.
#pragma once

#include "base/codec/json.h"
#include "spec/oci_image.h"

namespace rundlet::spec {

inline void put_json(std::string& out, const Digest& digest) {
  json::append_quoted(out, digest.str());
}
inline void get_json(const json::Value& from, const std::string& path, Digest& digest) {
  if (!from.is_string()) json::wrong_type(path, "a digest", from);
  try {
    digest = Digest::parse(from.get_ref<const std::string&>());
  } catch (const Error& e) {
    throw e.with_context(path);
  }
}

template <class Visitor>
void describe(Visitor&, Empty&) {}

template <class Visitor>
void describe(Visitor& v, HealthConfig& h) {
  v.omit_empty("Test", h.test);
  v.omit_empty("Interval", h.interval);
  v.omit_empty("Timeout", h.timeout);
  v.omit_empty("StartPeriod", h.start_period);
  v.omit_empty("StartInterval", h.start_interval);
  v.omit_empty("Retries", h.retries);
}

}  // namespace rundlet::spec
