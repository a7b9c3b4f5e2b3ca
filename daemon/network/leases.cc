#include "daemon/network/leases.h"

#include "base/error.h"
#include "base/random.h"

namespace rundlet::daemon {

void LeaseTable::reset(const net::InterfaceAddress& gateway, net::Ipv4 cursor) {
  std::lock_guard lock(mutex_);
  for (auto& [sandbox, lease] : leases_) ports_.release(lease.held);
  leases_.clear();
  addresses_ = Ipam(gateway, cursor);
}

void LeaseTable::reclaim(const StoredEndpoint& endpoint) {
  std::lock_guard lock(mutex_);
  Lease lease{endpoint, {}, false};
  for (const BoundPort& port : endpoint.ports) lease.held.push_back(ports_.reclaim(port));
  addresses_.claim(endpoint.address);
  leases_.insert_or_assign(endpoint.sandbox, std::move(lease));
}

void LeaseTable::wait_until_settled(std::unique_lock<std::mutex>& lock, const std::string& sandbox) {
  settled_.wait(lock, [&] {
    auto found = leases_.find(sandbox);
    return found == leases_.end() || !found->second.changing;
  });
}

StoredEndpoint LeaseTable::reserve(const std::string& sandbox, const std::vector<PortRequest>& ports) {
  std::unique_lock lock(mutex_);
  wait_until_settled(lock, sandbox);
  if (leases_.contains(sandbox))
    throw_error(ErrorCode::already_exists, "sandbox " + sandbox + " is on the network already");
  Lease lease;
  lease.changing = true;
  lease.held = ports_.acquire(ports);
  lease.endpoint = {sandbox, random_hex(32), {}, {}};
  for (const HeldPort& held : lease.held) lease.endpoint.ports.push_back(held.port);
  try {
    lease.endpoint.address = addresses_.allocate();
  } catch (const Error&) {
    ports_.release(lease.held);
    throw;
  }
  return leases_.emplace(sandbox, std::move(lease)).first->second.endpoint;
}

void LeaseTable::settle(const std::string& sandbox) {
  std::lock_guard lock(mutex_);
  leases_.at(sandbox).changing = false;
  settled_.notify_all();
}

std::optional<StoredEndpoint> LeaseTable::begin_leaving(const std::string& sandbox) {
  std::unique_lock lock(mutex_);
  wait_until_settled(lock, sandbox);
  auto found = leases_.find(sandbox);
  if (found == leases_.end()) return std::nullopt;
  found->second.changing = true;
  return found->second.endpoint;
}

void LeaseTable::release(const std::string& sandbox) {
  std::lock_guard lock(mutex_);
  auto lease = leases_.extract(sandbox);
  addresses_.release(lease.mapped().endpoint.address);
  ports_.release(lease.mapped().held);
  settled_.notify_all();
}

std::vector<StoredEndpoint> LeaseTable::list() const {
  std::lock_guard lock(mutex_);
  std::vector<StoredEndpoint> endpoints;
  for (const auto& [sandbox, lease] : leases_)
    if (!lease.changing) endpoints.push_back(lease.endpoint);
  return endpoints;
}

}  // namespace rundlet::daemon
