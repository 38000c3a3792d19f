#include "registry/client_tls.h"

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "setting.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

// A certs.d of the test's own.
struct Certificates {
  void put(const std::string& host, const std::string& file, const std::string& name) {
    sys::mkdirs(directory.path() + "/" + host, 0700);
    sys::write_file_atomically(directory.fd(), host + "/" + file, "-----BEGIN " + name);
  }
  TlsPolicies policies(std::vector<std::string> insecure = {}) {
    return TlsPolicies(std::move(insecure), "", {directory.path()});
  }
  TemporaryDirectory directory;
};

bool trusts(const TlsPolicy& policy, const std::string& name) {
  return policy.extra_ca.find("-----BEGIN " + name + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a host is insecure by every spelling of its name") {
  for (const char* named : {"Registry.example:443", "registry.example", "REGISTRY.EXAMPLE", "registry.example:443"}) {
    INFO(named);
    TlsPolicies policies({named}, "", {});
    for (const char* asked : {"Registry.example:443", "registry.example", "registry.example:443"}) {
      INFO(asked);
      CHECK_FALSE(policies.for_host("registry.example", asked).verify);
      CHECK(policies.may_be_plain(asked));
    }
    CHECK(policies.for_host("registry.example:444", "registry.example:444").verify);
    CHECK_FALSE(policies.may_be_plain("registry.example:444"));
    CHECK_FALSE(policies.may_be_plain("registry.example:80"));
  }
  CHECK_FALSE(TlsPolicies({"[2001:DB8::1]:443"}, "", {}).for_host("[2001:db8::1]", "[2001:db8::1]:443").verify);
  CHECK_FALSE(TlsPolicies({"docker.io"}, "", {}).for_host("registry-1.docker.io", "docker.io").verify);
  CHECK(TlsPolicies({}, "", {}).may_be_plain("LocalHost:5000"));
}

TEST_CASE("a host's directory is found by the name that was typed and by those it comes down to") {
  Certificates certificates;
  certificates.put("with.example:443", "ca.crt", "with");
  certificates.put("without.example", "ca.crt", "without");
  certificates.put("Capital.example:5000", "ca.crt", "capital");
  certificates.put("small.example:5000", "ca.crt", "small");
  certificates.put("docker.io", "ca.crt", "hub");
  certificates.put("registry-1.docker.io", "client.cert", "old");
  TlsPolicies policies = certificates.policies();
  CHECK(trusts(policies.for_host("with.example", "with.example:443"), "with"));
  CHECK(trusts(policies.for_host("with.example", "with.example"), "with"));
  CHECK(trusts(policies.for_host("without.example", "without.example:443"), "without"));
  CHECK(trusts(policies.for_host("capital.example:5000", "Capital.example:5000"), "capital"));
  CHECK(trusts(policies.for_host("small.example:5000", "Small.example:5000"), "small"));
  CHECK(trusts(policies.for_host("registry-1.docker.io", "docker.io"), "hub"));
  CHECK(policies.for_host("registry-1.docker.io", "docker.io").client_certificate_file ==
        certificates.directory.path() + "/registry-1.docker.io/client.cert");
  CHECK(policies.for_host("with.example", "with.example:443").certificates_name == "with.example:443");
  CHECK(policies.for_host("registry-1.docker.io", "docker.io").certificates_name == "docker.io");
  CHECK(policies.for_host("other.example", "docker.io").certificates_name == "other.example");
}

TEST_CASE("a host of which nobody has said anything is trusted like the registry that names it") {
  Certificates certificates;
  certificates.put("registry.example:5050", "ca.crt", "registry");
  certificates.put("registry.example:5050", "client.cert", "us");
  certificates.put("registry.example:5050", "client.key", "our key");
  certificates.put("known.example", "ca.crt", "known");
  TlsPolicies policies = certificates.policies({"insecure.example:5050"});
  TlsPolicy own = policies.for_host("registry.example:5050", "registry.example:5050");
  CHECK(trusts(own, "registry"));
  CHECK(own.client_certificate_file.ends_with("/client.cert"));
  CHECK(own.client_key_file.ends_with("/client.key"));

  TlsPolicy tokens = policies.for_host("tokens.example", "registry.example:5050");
  CHECK(trusts(tokens, "registry"));
  CHECK(tokens.verify);
  CHECK(tokens.client_certificate_file.empty());
  CHECK(tokens.client_key_file.empty());

  TlsPolicy known = policies.for_host("known.example", "registry.example:5050");
  CHECK(trusts(known, "known"));
  CHECK_FALSE(trusts(known, "registry"));

  CHECK_FALSE(policies.for_host("tokens.example", "insecure.example:5050").verify);
  CHECK(policies.for_host("known.example", "insecure.example:5050").verify);
  CHECK(policies.for_host("tokens.example", "tokens.example").verify);
  CHECK_FALSE(policies.may_be_plain("tokens.example"));
}

TEST_CASE("certificates of a registry's own come beside those of SSL_CERT_FILE") {
  Certificates certificates;
  certificates.put("registry.example", "ca.crt", "registry");
  certificates.put("elsewhere", "all.pem", "all");
  Setting file("SSL_CERT_FILE", certificates.directory.path() + "/elsewhere/all.pem");
  TlsPolicy policy = certificates.policies().for_host("tokens.example", "registry.example");
  CHECK(trusts(policy, "registry"));
  CHECK(policy.extra_ca.find("-----BEGIN all") != std::string::npos);
}

TEST_CASE("a registry on this machine needs no certificate, and makes nobody else do without") {
  TlsPolicies policies({}, "", {});
  CHECK_FALSE(policies.for_host("127.0.0.1:5000", "127.0.0.1:5000").verify);
  CHECK_FALSE(policies.for_host("localhost:5001", "registry.example").verify);
  CHECK(policies.for_host("tokens.example", "127.0.0.1:5000").verify);
}
