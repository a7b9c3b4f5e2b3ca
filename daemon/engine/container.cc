#include "daemon/engine/container.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 9> kStatusNames{{
    {Status::creating, "creating"},
    {Status::created, "created"},
    {Status::starting, "starting"},
    {Status::running, "running"},
    {Status::paused, "paused"},
    {Status::restarting, "restarting"},
    {Status::exited, "exited"},
    {Status::removing, "removing"},
    {Status::dead, "dead"},
}};

std::string without_slash(const std::string& name) { return name.starts_with('/') ? name.substr(1) : name; }

}  // namespace

std::string_view to_string(Status status) {
  for (const auto& [value, name] : kStatusNames)
    if (value == status) return name;
  return "dead";
}

Status status_from_string(std::string_view name) {
  for (const auto& [value, known] : kStatusNames)
    if (known == name) return value;
  throw_invalid("unknown container status " + std::string(name));
}

ContainerRecord Container::record() const {
  std::lock_guard lock(mutex_);
  return record_;
}

Status Container::status() const {
  std::lock_guard lock(mutex_);
  return record_.status;
}

void Container::change(const std::function<void(ContainerRecord&)>& how) {
  {
    std::lock_guard lock(mutex_);
    how(record_);
  }
  changed_.notify_all();
}

bool Container::wait_until(const std::function<bool(const ContainerRecord&)>& pred,
                           std::optional<std::chrono::milliseconds> timeout, const Cancel& cancel) const {
  std::unique_lock lock(mutex_);
  auto done = [&] { return pred(record_) || (cancel && cancel->cancelled()); };
  if (timeout) {
    changed_.wait_for(lock, *timeout, done);
  } else {
    changed_.wait(lock, done);
  }
  if (pred(record_)) return true;
  check_cancelled(cancel);
  return false;
}

std::shared_ptr<runtime::Shim> Container::shim() const {
  std::lock_guard lock(mutex_);
  return shim_;
}

void Container::set_shim(std::shared_ptr<runtime::Shim> shim) {
  std::lock_guard lock(mutex_);
  shim_ = std::move(shim);
}

std::shared_ptr<runtime::Shim> Container::running_shim() const {
  std::lock_guard lock(mutex_);
  if (!shim_ || !is_running(record_.status))
    throw_error(ErrorCode::conflict, "container " + id_ + " is not running");
  return shim_;
}

void Container::add_pending(PendingAttachment attachment) {
  std::lock_guard lock(mutex_);
  pending_.push_back(std::move(attachment));
}

std::vector<PendingAttachment> Container::take_pending() {
  std::lock_guard lock(mutex_);
  return std::exchange(pending_, {});
}

Transition::Transition(ContainerPtr container) : container_(std::move(container)) {
  std::unique_lock lock(container_->mutex_);
  container_->changed_.wait(lock, [this] { return !container_->in_transition_; });
  container_->in_transition_ = true;
}

Transition::~Transition() {
  {
    std::lock_guard lock(container_->mutex_);
    container_->in_transition_ = false;
  }
  container_->changed_.notify_all();
}

void ContainerTable::require_free(const std::string& name) const {
  auto taken = names_.find(name);
  if (taken == names_.end()) return;
  throw_error(ErrorCode::conflict, "Conflict. The container name \"/" + name + "\" is already in use by container \"" +
                                       taken->second +
                                       "\". You have to remove (or rename) that container to be able to reuse that "
                                       "name.");
}

void ContainerTable::add(const ContainerPtr& container, const std::string& name) {
  std::lock_guard lock(mutex_);
  require_free(name);
  names_[name] = container->id();
  by_id_[container->id()] = container;
}

void ContainerTable::remove(const std::string& id) {
  std::lock_guard lock(mutex_);
  by_id_.erase(id);
  std::erase_if(names_, [&](const auto& entry) { return entry.second == id; });
}

void ContainerTable::rename(const std::string& id, const std::string& name) {
  std::lock_guard lock(mutex_);
  if (!by_id_.contains(id)) throw_not_found("No such container: " + id);
  require_free(name);
  std::erase_if(names_, [&](const auto& entry) { return entry.second == id; });
  names_[name] = id;
}

ContainerPtr ContainerTable::get(const std::string& name_or_id) const {
  std::lock_guard lock(mutex_);
  if (auto found = by_id_.find(name_or_id); found != by_id_.end()) return found->second;
  if (auto found = names_.find(without_slash(name_or_id)); found != names_.end()) return by_id_.at(found->second);
  auto first = by_id_.lower_bound(name_or_id);
  if (!name_or_id.empty() && first != by_id_.end() && first->first.starts_with(name_or_id)) {
    auto second = std::next(first);
    if (second != by_id_.end() && second->first.starts_with(name_or_id))
      throw_invalid("Multiple IDs found with provided prefix: " + name_or_id);
    return first->second;
  }
  throw_not_found("No such container: " + name_or_id);
}

std::optional<std::string> ContainerTable::id_of_name(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ContainerPtr> ContainerTable::all() const {
  std::lock_guard lock(mutex_);
  std::vector<ContainerPtr> containers;
  for (const auto& [id, container] : by_id_) containers.push_back(container);
  return containers;
}

}  // namespace rundlet::daemon
