#include "registry-client/host_policy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "base/fs/remove_tree.h"

namespace rundlet::registry_client {
namespace {

TEST(HostPolicy, LoopbackAndListedHostsAreInsecure) {
  RegistryOptions options;
  options.insecure = {"registry.example:5000", "10.1.0.0/16", "fd00::/8"};
  HostPolicy policy(options);
  for (const char* host : {"127.0.0.1:5000", "127.9.9.9", "localhost:80", "[::1]:5000",
                           "registry.example:5000", "10.1.255.1:443", "[fd12::1]:5000"})
    EXPECT_TRUE(policy.is_insecure(host)) << host;
  for (const char* host : {"128.0.0.1", "registry.example", "registry.example:5001", "10.2.0.1",
                           "localhost.evil.example", "[fe80::1]:5000", "127.0.0.1.example"})
    EXPECT_FALSE(policy.is_insecure(host)) << host;
}

TEST(HostPolicy, CidrNeedsAWellFormedPrefix) {
  EXPECT_TRUE(in_cidr("192.168.7.9", "192.168.0.0/20"));
  EXPECT_FALSE(in_cidr("192.168.17.9", "192.168.0.0/20"));
  EXPECT_TRUE(in_cidr("1.2.3.4", "0.0.0.0/0"));
  for (const char* cidr :
       {"192.168.0.0", "192.168.0.0/33", "192.168.0.0/-1", "192.168.0.0/8x", "x/8", "::/0"})
    EXPECT_FALSE(in_cidr("192.168.0.0", cidr)) << cidr;
}

class CertsDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-certs-XXXXXX";
    root_ = ::mkdtemp(pattern);
    ASSERT_EQ(::mkdir((root_ + "/reg.example:5000").c_str(), 0755), 0);
    options_.certs_directory = root_;
  }
  void TearDown() override { fs::remove_tree(root_); }
  void put(const std::string& name, const std::string& text) {
    write_file_at(root_ + "/reg.example:5000/" + name, text);
  }
  static void write_file_at(const std::string& path, const std::string& text) {
    Fd file = open_file(path, O_WRONLY | O_CREAT, 0600);
    write_all(file.get(), text);
  }
  std::string root_;
  RegistryOptions options_;
};

TEST_F(CertsDirectory, GivesAuthoritiesAndClientCertificates) {
  put("ca.crt", "FIRST");
  put("other.crt", "SECOND");
  put("client.cert", "c");
  put("client.key", "k");
  TlsSettings settings = HostPolicy(options_).tls("reg.example:5000");
  EXPECT_TRUE(settings.verify);
  EXPECT_EQ(settings.extra_ca, "FIRST\nSECOND\n");
  EXPECT_EQ(settings.client_cert, root_ + "/reg.example:5000/client.cert");
  EXPECT_EQ(settings.client_key, root_ + "/reg.example:5000/client.key");
  EXPECT_TRUE(HostPolicy(options_).tls("other.example").extra_ca.empty());
}

TEST_F(CertsDirectory, RefusesACertificateWithoutItsKey) {
  put("client.cert", "c");
  try {
    HostPolicy(options_).tls("reg.example:5000");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::failed_precondition);
    EXPECT_NE(e.message().find("missing key"), std::string::npos);
  }
}

}  // namespace
}  // namespace rundlet::registry_client
