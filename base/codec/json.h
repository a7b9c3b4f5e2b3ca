// JSON text ⇄ plain structs. A struct's shape is written once, in the *_json.cc file beside it:
//
//   template <class Visitor> void describe(Visitor& v, Person& p) {
//     v("Name", p.name);               // always written
//     v.omit_empty("Labels", p.labels);    // left out when empty, zero, false or unset
//     v.null_if_empty("Ports", p.ports);   // written as null when empty (Go's nil slices and maps)
//     v.zero_time("DiedAt", p.died);       // optional TimePoint, unset written as Go's zero time
//     v.nested("Home", [&](auto& home) { home("Town", p.town); });  // an object whose fields live in p itself
//     v.fixed("Isolation", "\"\"");        // always written so; another value, null apart, is an unknown field;
//                                          // a third argument names another text that means the same
//     v.skip("Comment");                   // known, without effect here
//     v.refuse("Soul");                    // known, and refused by name when it asks for something
//   }
//   std::string to_json(const Person& p) { return json::encode(p); }
//   Person parse_person(std::string_view text) { return json::decode<Person>(text, json::Unknown::ignore); }
//
// Include this header in codec files only: it brings nlohmann/json.hpp. Fields may be bool, integers, double,
// std::string, TimePoint, json::Raw, described structs, and std::optional, std::vector, std::map<std::string, T>,
// std::shared_ptr of these. Reading null leaves the default. Errors: invalid_argument naming the field's path.
// describe() is found by argument-dependent lookup. A type that is no object gives instead, in its own namespace,
//   void put_json(std::string& out, const T& value);
//   void get_json(const json::Value& from, const std::string& path, T& value);
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/codec/json_raw.h"
#include "base/error.h"

extern template class nlohmann::basic_json<>;

namespace rundlet::json {

using Value = nlohmann::json;

// What a field that no describe() names means when it is read.
enum class Unknown {
  ignore,            // documents of other people: the specs tell readers to skip what they do not know
  refuse_non_empty,  // requests: null, false, 0, "", [] and {} ask for nothing; anything else is refused by name
  refuse,            // our own files
};

// Throws invalid_argument with line and column for malformed text.
Value parse_text(std::string_view text);
void append_quoted(std::string& out, std::string_view text);
bool is_empty_value(const Value& value);
[[noreturn]] void wrong_type(const std::string& path, std::string_view expected, const Value& found);

// Go's zero time.Time, which lies before what TimePoint can hold: read as "unset".
inline constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";

namespace detail {

template <class T>
concept HasOwnForm = requires(std::string& out, const T& value) { put_json(out, value); };

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_shared : std::false_type {};
template <class T>
struct is_shared<std::shared_ptr<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};

template <class T>
bool is_empty(const T& value) {
  if constexpr (is_optional<T>::value || is_shared<T>::value) {
    return !value;
  } else if constexpr (is_vector<T>::value || is_map<T>::value || std::is_same_v<T, std::string>) {
    return value.empty();
  } else if constexpr (std::is_same_v<T, Raw>) {
    return value.text.empty();
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value == T{};
  } else {
    return false;
  }
}

}  // namespace detail

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    key(name);
    put(value);
  }
  template <class T>
  void omit_empty(std::string_view name, const T& value) {
    if (!detail::is_empty(value)) (*this)(name, value);
  }
  template <class T>
  void null_if_empty(std::string_view name, const T& value) {
    key(name);
    if (detail::is_empty(value)) {
      out_ += "null";
    } else {
      put(value);
    }
  }
  void zero_time(std::string_view name, const std::optional<TimePoint>& value) {
    (*this)(name, value ? format_rfc3339(*value) : std::string(kZeroTime));
  }
  template <class Fields>
  void nested(std::string_view name, Fields&& fields) {
    key(name);
    out_ += '{';
    Writer object(out_);
    fields(object);
    out_ += '}';
  }
  void fixed(std::string_view name, std::string_view text, std::string_view /*also*/ = {}) {
    key(name);
    out_ += text;
  }
  void skip(std::string_view) {}
  void refuse(std::string_view) {}

  template <class T>
  void put(const T& value) {
    if constexpr (detail::HasOwnForm<T>) {
      put_json(out_, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      out_ += value ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      out_ += std::to_string(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      out_ += Value(value).dump();
    } else if constexpr (std::is_same_v<T, std::string>) {
      append_quoted(out_, value);
    } else if constexpr (std::is_same_v<T, TimePoint>) {
      append_quoted(out_, format_rfc3339(value));
    } else if constexpr (std::is_same_v<T, Raw>) {
      out_ += value.text.empty() ? "null" : value.text;
    } else if constexpr (detail::is_optional<T>::value || detail::is_shared<T>::value) {
      if (value) {
        put(*value);
      } else {
        out_ += "null";
      }
    } else if constexpr (detail::is_vector<T>::value) {
      put_array(value);
    } else if constexpr (detail::is_map<T>::value) {
      put_map(value);
    } else {
      out_ += '{';
      Writer object(out_);
      describe(object, const_cast<T&>(value));  // the writer only reads it
      out_ += '}';
    }
  }

 private:
  void key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_quoted(out_, name);
    out_ += ':';
  }
  template <class T>
  void put_array(const std::vector<T>& values) {
    out_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      put<T>(values[i]);
    }
    out_ += ']';
  }
  template <class T>
  void put_map(const std::map<std::string, T>& values) {
    out_ += '{';
    Writer object(out_);
    for (const auto& [name, value] : values) object(name, value);
    out_ += '}';
  }

  std::string& out_;
  bool first_ = true;
};

class Reader {
 public:
  Reader(const Value& object, std::string path, Unknown unknown)
      : object_(object), path_(std::move(path)), unknown_(unknown) {}

  template <class T>
  void operator()(std::string_view name, T& value) {
    seen_.push_back(name);
    auto found = object_.find(name);
    if (found != object_.end() && !found->is_null()) get(*found, child_path(name), unknown_, value);
  }
  template <class T>
  void omit_empty(std::string_view name, T& value) {
    (*this)(name, value);
  }
  template <class T>
  void null_if_empty(std::string_view name, T& value) {
    (*this)(name, value);
  }
  void zero_time(std::string_view name, std::optional<TimePoint>& value) { (*this)(name, value); }
  template <class Fields>
  void nested(std::string_view name, Fields&& fields) {
    seen_.push_back(name);
    auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return;
    if (!found->is_object()) wrong_type(child_path(name), "an object", *found);
    Reader object(*found, child_path(name), unknown_);
    fields(object);
    object.finish();
  }
  void fixed(std::string_view name, std::string_view text, std::string_view also = {});
  void skip(std::string_view name) { seen_.push_back(name); }
  void refuse(std::string_view name);

  // Throws when the object holds fields that nobody asked for and the policy minds.
  void finish() const;

  template <class T>
  static void get(const Value& from, const std::string& path, Unknown unknown, T& value) {
    if constexpr (detail::HasOwnForm<T>) {
      get_json(from, path, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!from.is_boolean()) wrong_type(path, "a boolean", from);
      value = from.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      get_integer(from, path, value);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!from.is_number()) wrong_type(path, "a number", from);
      value = from.get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!from.is_string()) wrong_type(path, "a string", from);
      value = from.get_ref<const std::string&>();
    } else if constexpr (std::is_same_v<T, TimePoint>) {
      auto time = from.is_string() ? parse_rfc3339(from.get_ref<const std::string&>()) : std::nullopt;
      if (!time) wrong_type(path, "an RFC 3339 time", from);
      value = *time;
    } else if constexpr (std::is_same_v<T, Raw>) {
      value.text = from.dump();
    } else if constexpr (std::is_same_v<T, std::optional<TimePoint>>) {
      value.reset();
      if (from != Value(kZeroTime)) get(from, path, unknown, value.emplace());
    } else if constexpr (detail::is_optional<T>::value) {
      get(from, path, unknown, value.emplace());
    } else if constexpr (detail::is_shared<T>::value) {
      value = std::make_shared<typename T::element_type>();
      get(from, path, unknown, *value);
    } else if constexpr (detail::is_vector<T>::value) {
      get_array(from, path, unknown, value);
    } else if constexpr (detail::is_map<T>::value) {
      get_map(from, path, unknown, value);
    } else {
      if (!from.is_object()) wrong_type(path, "an object", from);
      Reader object(from, path, unknown);
      describe(object, value);
      object.finish();
    }
  }

 private:
  std::string child_path(std::string_view name) const;

  template <class T>
  static void get_integer(const Value& from, const std::string& path, T& value) {
    if (!from.is_number_integer()) wrong_type(path, "an integer", from);
    bool in_range = from.is_number_unsigned() ? std::in_range<T>(from.get<uint64_t>())
                                              : std::in_range<T>(from.get<int64_t>());
    if (!in_range) wrong_type(path, "an integer in range", from);
    value = from.get<T>();
  }
  template <class T>
  static void get_array(const Value& from, const std::string& path, Unknown unknown, std::vector<T>& values) {
    if (!from.is_array()) wrong_type(path, "an array", from);
    values.clear();
    for (const Value& item : from) {
      T value{};
      if (!item.is_null()) get(item, path + "[" + std::to_string(values.size()) + "]", unknown, value);
      values.push_back(std::move(value));
    }
  }
  template <class T>
  static void get_map(const Value& from, const std::string& path, Unknown unknown, std::map<std::string, T>& values) {
    if (!from.is_object()) wrong_type(path, "an object", from);
    values.clear();
    for (const auto& [name, item] : from.items()) {
      T& value = values[name];
      if (!item.is_null()) get(item, path + "." + name, unknown, value);
    }
  }

  const Value& object_;
  std::string path_;
  Unknown unknown_;
  std::vector<std::string_view> seen_;
};

template <class T>
std::string encode(const T& value) {
  std::string out;
  Writer(out).put(value);
  return out;
}

template <class T>
T decode(std::string_view text, Unknown unknown) {
  T value{};
  Reader::get(parse_text(text), "", unknown, value);
  return value;
}

}  // namespace rundlet::json
