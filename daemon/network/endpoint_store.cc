#include "daemon/network/endpoint_store.h"

#include <map>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

const std::vector<std::string> kMigrations = {R"(
CREATE TABLE network_bridge (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  address TEXT NOT NULL,
  created INTEGER NOT NULL,
  cursor INTEGER NOT NULL
);
CREATE TABLE network_endpoints (
  sandbox TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  address INTEGER NOT NULL UNIQUE
);
CREATE TABLE network_ports (
  sandbox TEXT NOT NULL REFERENCES network_endpoints (sandbox) ON DELETE CASCADE,
  container_port INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  host_ip TEXT NOT NULL,
  host_port INTEGER NOT NULL,
  PRIMARY KEY (protocol, host_ip, host_port)
);
)"};

void add_port(db::Connection& connection, const std::string& sandbox, const BoundPort& port) {
  connection.query(
      "INSERT INTO network_ports (sandbox, container_port, protocol, host_ip, host_port) VALUES (?, ?, ?, ?, "
      "?)",
      {sandbox, int64_t{port.container_port}, port.protocol, port.host_ip, int64_t{port.host_port}});
}

net::Ipv4 address_at(const db::Row& row, int column) {
  return {static_cast<uint32_t>(row.integer(column))};
}

BoundPort port_at(const db::Row& row) {
  return {static_cast<uint16_t>(row.integer(1)), row.text(2), row.text(3),
          static_cast<uint16_t>(row.integer(4))};
}

}  // namespace

EndpointStore::EndpointStore(db::Database& database) : database_(database) {
  database_.migrate("network", kMigrations);
}

void EndpointStore::add(const StoredEndpoint& endpoint) {
  database_.write([&](db::Connection& connection) {
    int64_t address = endpoint.address.value;
    connection.query("INSERT INTO network_endpoints (sandbox, id, address) VALUES (?, ?, ?)",
                     {endpoint.sandbox, endpoint.id, address});
    for (const BoundPort& port : endpoint.ports) add_port(connection, endpoint.sandbox, port);
    connection.query("UPDATE network_bridge SET cursor = ?", {address});
  });
}

void EndpointStore::remove(const std::string& sandbox) {
  database_.write([&](db::Connection& connection) {
    connection.query("DELETE FROM network_endpoints WHERE sandbox = ?", {sandbox});
  });
}

std::vector<StoredEndpoint> EndpointStore::list() const {
  std::map<std::string, StoredEndpoint> found;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT sandbox, id, address FROM network_endpoints", {}, [&](const db::Row& row) {
      found[row.text(0)] = {row.text(0), row.text(1), address_at(row, 2), {}};
    });
    connection.query(
        "SELECT sandbox, container_port, protocol, host_ip, host_port FROM network_ports ORDER BY rowid", {},
        [&](const db::Row& row) { found.at(row.text(0)).ports.push_back(port_at(row)); });
  });
  std::vector<StoredEndpoint> endpoints;
  for (auto& [sandbox, endpoint] : found) endpoints.push_back(std::move(endpoint));
  return endpoints;
}

std::optional<StoredBridge> EndpointStore::bridge() const {
  std::optional<StoredBridge> found;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT address, created, cursor FROM network_bridge", {}, [&](const db::Row& row) {
      auto address = net::parse_interface_address(row.text(0));
      if (!address)
        throw_error(ErrorCode::internal, "malformed bridge address in the database: " + row.text(0));
      found = {*address, address_at(row, 2), row.integer(1) != 0};
    });
  });
  return found;
}

void EndpointStore::set_bridge(const net::InterfaceAddress& address, bool created) {
  database_.write([&](db::Connection& connection) {
    std::string text = to_string(address.address) + "/" + std::to_string(address.prefix);
    connection.query(
        "INSERT INTO network_bridge (one, address, created, cursor) VALUES (1, ?, ?, 0) "
        "ON CONFLICT (one) DO UPDATE SET address = excluded.address, created = excluded.created",
        {text, int64_t{created}});
  });
}

void EndpointStore::forget_bridge() {
  database_.write([](db::Connection& connection) { connection.execute("DELETE FROM network_bridge"); });
}

}  // namespace rundlet::daemon
