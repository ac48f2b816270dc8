#include "certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace rig {

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using cert_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using file_ptr = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

void extend(X509* cert, int what, const char* value) {
  X509_EXTENSION* one = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
  X509_add_ext(cert, one, -1);
  X509_EXTENSION_free(one);
}

/// A certificate for `key`, signed by `authority` with its key, or by itself.
cert_ptr sign(EVP_PKEY* key, const char* name, X509* authority, EVP_PKEY* authority_key, long serial) {
  cert_ptr cert(X509_new(), X509_free);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86400);
  X509_set_pubkey(cert.get(), key);
  auto* subject = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1,
                             -1, 0);
  X509_set_issuer_name(cert.get(), authority ? X509_get_subject_name(authority) : subject);
  extend(cert.get(), NID_basic_constraints, authority ? "CA:FALSE" : "critical,CA:TRUE");
  if (authority) extend(cert.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  if (!X509_sign(cert.get(), authority_key, EVP_sha256())) throw std::runtime_error("cannot sign");
  return cert;
}

} // namespace

certificates::certificates() {
  std::string name = (std::filesystem::temp_directory_path() / "aorta-net-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  folder = name;
  const auto save_key = [this](const char* to, EVP_PKEY* key) {
    const file_ptr out(std::fopen(file(to).c_str(), "w"), std::fclose);
    PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  };
  const auto save = [this](const char* to, X509* cert) {
    const file_ptr out(std::fopen(file(to).c_str(), "w"), std::fclose);
    PEM_write_X509(out.get(), cert);
  };
  const auto new_key = [] { return key_ptr(EVP_EC_gen("P-256"), EVP_PKEY_free); };
  const auto authority_key = new_key(), server = new_key(), client = new_key(), stranger = new_key();
  const auto authority = sign(authority_key.get(), "test authority", nullptr, authority_key.get(), 1);
  save("ca.pem", authority.get());
  save("server.pem", sign(server.get(), "server", authority.get(), authority_key.get(), 2).get());
  save_key("server.key", server.get());
  save("client.pem", sign(client.get(), "client", authority.get(), authority_key.get(), 3).get());
  save_key("client.key", client.get());
  save("stranger.pem", sign(stranger.get(), "stranger", nullptr, stranger.get(), 4).get());
  save_key("stranger.key", stranger.get());
}

certificates::~certificates() {
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
}

} // namespace rig
