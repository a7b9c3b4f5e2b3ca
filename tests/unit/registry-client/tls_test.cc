// Registries that are not loopback, in a network namespace of the test's own: TLS with all its rules.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>

#include <thread>

#include "base/proc/spawn.h"
#include "registry-client/registry.h"
#include "tests/unit/base/temp_dir.h"
#include "tests/unit/registry-client/fake_registry.h"

namespace rundlet::registry_client {
namespace {

constexpr char kAddress[] = "198.51.100.1";
constexpr char kManifest[] = R"({"schemaVersion":2})";

void run_or_throw(const std::vector<std::string>& argv) {
  auto output = proc::run({.argv = argv});
  if (output.status.code != 0) throw_error(ErrorCode::internal, argv.front() + ": " + output.err);
}

void send_manifest(const SeenRequest&, http::ResponseWriter& response) {
  response.send(200, "application/vnd.oci.image.manifest.v1+json", kManifest);
}

class TlsRegistry : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"openssl", "ip"})
      if (proc::run({.argv = {"sh", "-c", std::string("command -v ") + program}}).status.code != 0)
        GTEST_SKIP() << program << " is not installed";
    run_or_throw({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", scratch_ / "key.pem", "-out", scratch_ / "cert.pem", "-subj", "/CN=test",
                  "-addext", std::string("subjectAltName=IP:") + kAddress});
  }

  // A thread enters the namespace; the threads and programs that it starts are born there.
  void in_own_network(const std::function<void()>& work) {
    std::jthread([&] {
      try {
        if (::unshare(CLONE_NEWNET) < 0) throw_errno("unshare");
        run_or_throw({"ip", "link", "set", "lo", "up"});
        run_or_throw({"ip", "address", "add", std::string(kAddress) + "/32", "dev", "lo"});
        work();
      } catch (const std::exception& e) {
        ADD_FAILURE() << e.what();
      }
    }).join();
  }
  http::TlsConfig tls(const std::string& client_ca = "") const {
    return {scratch_ / "cert.pem", scratch_ / "key.pem", client_ca};
  }
  void install_certificate(const std::string& host, const std::string& from, const std::string& name) {
    options_.certs_directory = scratch_ / "certs.d";
    ::mkdir(options_.certs_directory.c_str(), 0755);
    ::mkdir((options_.certs_directory + "/" + host).c_str(), 0755);
    run_or_throw({"cp", scratch_ / from, options_.certs_directory + "/" + host + "/" + name});
  }
  std::string manifest_or_error(const FakeRegistry& fake) {
    try {
      return Registry(spec::Reference::parse(fake.host() + "/app:1"), options_, {}).get_manifest("1").bytes;
    } catch (const Error& e) {
      return e.message();
    }
  }

  test::TempDir scratch_;
  RegistryOptions options_;
};

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(TlsRegistry, UnknownAuthorityIsRefused) {
  in_own_network([&] {
    FakeRegistry fake(send_manifest, tls(), kAddress);
    EXPECT_HAS(manifest_or_error(fake), "tls: failed to verify certificate");
    EXPECT_TRUE(fake.seen().empty());
  });
}

TEST_F(TlsRegistry, AuthorityOfCertsDirectoryIsTrusted) {
  in_own_network([&] {
    FakeRegistry fake(send_manifest, tls(), kAddress);
    install_certificate(fake.host(), "cert.pem", "ca.crt");
    EXPECT_EQ(manifest_or_error(fake), kManifest);
  });
}

TEST_F(TlsRegistry, ClientCertificateIsShown) {
  in_own_network([&] {
    FakeRegistry fake(send_manifest, tls(scratch_ / "cert.pem"), kAddress);
    install_certificate(fake.host(), "cert.pem", "ca.crt");
    EXPECT_NE(manifest_or_error(fake), kManifest);
    install_certificate(fake.host(), "cert.pem", "client.cert");
    install_certificate(fake.host(), "key.pem", "client.key");
    EXPECT_EQ(manifest_or_error(fake), kManifest);
  });
}

TEST_F(TlsRegistry, InsecureRegistryIsNotVerified) {
  in_own_network([&] {
    FakeRegistry fake(send_manifest, tls(), kAddress);
    options_.insecure = {"198.51.100.0/24"};
    EXPECT_EQ(manifest_or_error(fake), kManifest);
  });
}

TEST_F(TlsRegistry, PlainHttpOnlyWhereItIsAllowed) {
  in_own_network([&] {
    FakeRegistry fake(send_manifest, {}, kAddress);
    EXPECT_HAS(manifest_or_error(fake), "http: server gave HTTP response to HTTPS client");
    options_.insecure = {fake.host()};
    EXPECT_EQ(manifest_or_error(fake), kManifest);
  });
}

}  // namespace
}  // namespace rundlet::registry_client
