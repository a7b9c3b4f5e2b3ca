#include "daemon/engine/attach.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

char parse_key(const std::string& key, const std::string& all) {
  if (key.size() == 1) return key[0];
  if (key.size() == 6 && key.starts_with("ctrl-")) {
    char c = key[5];
    if (std::isalpha(static_cast<unsigned char>(c))) return static_cast<char>(std::tolower(c) - 'a' + 1);
    size_t special = std::string("@[\\]^_").find(c);
    if (special != std::string::npos) return special == 0 ? '\0' : static_cast<char>(26 + special);
  }
  throw_invalid("Invalid escape keys (" + all + ") provided");
}

void require_attachable(const ContainerRecord& record) {
  if (record.status == Status::paused)
    throw_error(ErrorCode::conflict,
                "container " + record.id + " is paused, unpause the container before attach");
  if (record.status == Status::restarting)
    throw_error(ErrorCode::conflict,
                "container " + record.id + " is restarting, wait until the container is running");
}

}  // namespace

std::string parse_detach_keys(const std::string& keys) {
  std::string bytes;
  for (size_t start = 0; start < keys.size();) {
    size_t end = std::min(keys.find(',', start), keys.size());
    bytes += parse_key(keys.substr(start, end - start), keys);
    start = end + 1;
  }
  return bytes;
}

void attach_container(Engine& engine, const ContainerPtr& container, const ClientSource& take_client) {
  Transition transition(
      container);  // a start, which takes the clients that wait for it, comes before or after
  ContainerRecord record = container->record();
  require_attachable(record);
  PendingAttachment client = take_client();
  if (is_running(record.status)) {
    container->running_shim()->attach("", client.spec, std::move(client.socket));
  } else {
    container->add_pending(std::move(client));
  }
  publish(engine, record, "attach");
}

void resize_container(Engine& engine, const ContainerPtr& container, uint32_t height, uint32_t width) {
  container->running_shim()->resize("", height, width);
  publish(engine, container->record(), "resize",
          {{"height", std::to_string(height)}, {"width", std::to_string(width)}});
}

}  // namespace rundlet::daemon
