#include "builder/convert/run_mount.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/fs/rooted_path.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::convert {
namespace {

using graph::ExecMount;

struct Fields {
  RunMount result;
  std::string type = "bind";
  bool read_write = false, read_only = false;
};

uint32_t number(std::string_view key, std::string_view text, int base, uint32_t limit) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > limit) {
    throw_invalid(fmt::format("invalid value \"{}\" for {}", text, key));
  }
  return value;
}

bool boolean(std::string_view key, std::string_view text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw_invalid(fmt::format("invalid value for '{}': {}", key, text));
}

void set_sharing(ExecMount& mount, const std::string& value) {
  if (value != "shared" && value != "private" && value != "locked") {
    throw_invalid(fmt::format("unsupported sharing value \"{}\"", value));
  }
  mount.sharing = value;
}

void set_field(Fields& fields, const std::string& key, const std::string& value) {
  ExecMount& mount = fields.result.mount;
  if (key == "type") {
    fields.type = value;
  } else if (key == "target" || key == "dst" || key == "destination") {
    mount.target = value;
  } else if (key == "source" || key == "src") {
    mount.source = fs::clean_path("/" + value);
  } else if (key == "from") {
    fields.result.from = value;
  } else if (key == "readonly" || key == "ro") {
    fields.read_only = boolean(key, value);
  } else if (key == "readwrite" || key == "rw") {
    fields.read_write = boolean(key, value);
  } else if (key == "id") {
    mount.id = value;
  } else if (key == "sharing") {
    set_sharing(mount, value);
  } else if (key == "mode") {
    mount.mode = number(key, value, 8, 07777);
  } else if (key == "uid") {
    mount.uid = number(key, value, 10, 0x7fffffff);
  } else if (key == "gid") {
    mount.gid = number(key, value, 10, 0x7fffffff);
  } else if (key == "size") {
    mount.size = parse_size(value);
  } else {
    throw_invalid(fmt::format("unexpected key '{}' in '{}={}'", key, key, value));
  }
}

void set_type(Fields& fields) {
  ExecMount& mount = fields.result.mount;
  if (fields.type == "bind") {
    mount.type = ExecMount::Type::bind;
    mount.read_only = !fields.read_write;
  } else if (fields.type == "cache") {
    mount.type = ExecMount::Type::cache;
    mount.read_only = fields.read_only;
    if (!fields.result.from.empty()) throw_invalid("--mount=type=cache with from is not supported");
  } else if (fields.type == "tmpfs") {
    mount.type = ExecMount::Type::tmpfs;
  } else if (fields.type == "secret" || fields.type == "ssh") {
    throw_invalid(fmt::format("--mount=type={} is not supported", fields.type));
  } else {
    throw_invalid(fmt::format("unsupported mount type \"{}\"", fields.type));
  }
}

}  // namespace

uint64_t parse_size(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit = dockerfile::to_lower(std::string_view(end, text.data() + text.size()));
  if (unit.size() > 1 && unit.back() == 'b') unit.pop_back();
  size_t power = unit.empty() || unit == "b" ? 0 : std::string_view("bkmgt").find(unit);
  bool fits = power <= 4 && value <= (uint64_t{1} << 62 >> (10 * power));
  if (error != std::errc() || unit.size() > 1 || !fits)
    throw_invalid(fmt::format("invalid size: '{}'", text));
  return value << (10 * power);
}

RunMount parse_run_mount(std::string_view text, const std::string& directory,
                         const std::function<std::string(std::string_view)>& expand) {
  Fields fields;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view field = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    size_t equals = field.find('=');
    std::string value = equals == field.npos ? "" : expand(field.substr(equals + 1));
    set_field(fields, dockerfile::to_lower(dockerfile::trim(field.substr(0, equals))), value);
  }
  set_type(fields);
  ExecMount& mount = fields.result.mount;
  if (mount.target.empty()) throw_invalid(fmt::format("invalid mount \"{}\": target is required", text));
  bool absolute = mount.target.starts_with('/');
  mount.target = fs::clean_path(absolute ? mount.target : directory + "/" + mount.target);
  if (mount.target == "/") throw_invalid("invalid mount target \"/\"");
  if (mount.type == ExecMount::Type::cache && mount.id.empty()) mount.id = mount.target;
  return fields.result;
}

}  // namespace rundlet::builder::convert
