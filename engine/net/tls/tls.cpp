#include "engine/net/tls/tls.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace aorta::net {

namespace {

/// The newest error of OpenSSL's queue, which is emptied.
std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = code ? ERR_reason_error_string(code) : nullptr;
  return text ? text : "unknown TLS error";
}

error file_error(const char* what, const std::string& file) {
  return error{error_code::invalid, "",
               std::string("cannot use ") + what + " " + file + ": " + openssl_reason()};
}

/// An encrypted key must not make a server ask on its terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

std::shared_ptr<SSL_CTX> new_context(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                        SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  return context;
}

status use_identity(SSL_CTX* context, const std::string& cert, const std::string& key) {
  if (SSL_CTX_use_certificate_chain_file(context, cert.c_str()) != 1) return file_error("certificate", cert);
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) return file_error("key", key);
  if (SSL_CTX_check_private_key(context) != 1) return file_error("key (it is not the certificate's)", key);
  return done{};
}

bool is_literal(const std::string& host) {
  unsigned char address[16];
  return inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

} // namespace

/// OpenSSL's view of the wire. Unlike its memory BIOs this keeps nothing: 10,000 silent connections hold no
/// buffers.
struct tls_wire {
  static tls_channel* of(BIO* bio) { return static_cast<tls_channel*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* to, int size) {
    auto& incoming = of(bio)->incoming_;
    BIO_clear_retry_flags(bio);
    if (incoming.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t some = std::min(incoming.size(), static_cast<size_t>(size));
    std::memcpy(to, incoming.data(), some);
    incoming.remove_prefix(some);
    return static_cast<int>(some);
  }
  static int write(BIO* bio, const char* from, int size) {
    of(bio)->outgoing_.append(from, static_cast<size_t>(size));
    return size;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static const BIO_METHOD* method() {
    static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> ours = [] {
      std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire"), BIO_meth_free);
      BIO_meth_set_read(made.get(), read);
      BIO_meth_set_write(made.get(), write);
      BIO_meth_set_ctrl(made.get(), control);
      BIO_meth_set_create(made.get(), create);
      return made;
    }();
    return ours.get();
  }
};

result<tls_context> tls_context::for_server(const config::tls_files& files) {
  auto context = new_context(TLS_server_method());
  if (auto used = use_identity(context.get(), files.cert, files.key); !used) return used.error();
  if (!files.client_ca.empty()) {
    if (SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(), nullptr) != 1)
      return file_error("client authority", files.client_ca);
    auto* names = SSL_load_client_CA_file(files.client_ca.c_str());
    if (!names) return file_error("client authority", files.client_ca);
    SSL_CTX_set_client_CA_list(context.get(), names); // takes the list
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return tls_context(std::move(context));
}

std::optional<timestamp> tls_context::not_after() const {
  const auto* own = SSL_CTX_get0_certificate(context_.get());
  std::tm until{};
  if (own == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(own), &until) != 1) return std::nullopt;
  return timestamp(std::chrono::seconds(timegm(&until)));
}

result<tls_context> tls_context::for_client(const ports::tls_rules& rules) {
  auto context = new_context(TLS_client_method());
  if (!rules.cert.empty())
    if (auto used = use_identity(context.get(), rules.cert, rules.key.empty() ? rules.cert : rules.key);
        !used)
      return used.error();
  if (rules.whom == ports::tls_rules::trust::anyone) return tls_context(std::move(context));
  if (rules.ca.empty()) SSL_CTX_set_default_verify_paths(context.get());
  else if (SSL_CTX_load_verify_locations(context.get(), rules.ca.c_str(), nullptr) != 1)
    return file_error("authority", rules.ca);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return tls_context(std::move(context));
}

void tls_channel::free_ssl::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

tls_channel::tls_channel(const tls_context& context, side which, std::string& outgoing,
                         const std::string& host)
    : ssl_(SSL_new(context.raw())),
      outgoing_(outgoing) {
  BIO* wire = ssl_ ? BIO_new(tls_wire::method()) : nullptr;
  if (!wire) throw std::bad_alloc();
  BIO_set_data(wire, this);
  SSL_set_bio(ssl_.get(), wire, wire); // takes the BIO
  if (which == side::server) SSL_set_accept_state(ssl_.get());
  else SSL_set_connect_state(ssl_.get());
  if (host.empty()) return;
  if (is_literal(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    SSL_set1_host(ssl_.get(), host.c_str());
  }
}

tls_channel::~tls_channel() = default;

void tls_channel::begin() { shake_hands(); }

bool tls_channel::shake_hands() {
  ERR_clear_error();
  const int code = SSL_do_handshake(ssl_.get());
  if (code != 1) return failed(code);
  established_ = true;
  const std::string early = std::exchange(waiting_, {});
  if (!early.empty()) write(early);
  return true;
}

/// False when the connection is lost; true when OpenSSL only wants more bytes.
bool tls_channel::failed(int code) {
  switch (SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return true;
    case SSL_ERROR_ZERO_RETURN: ended_ = true; return true;
    default: reason_ = openssl_reason(); return false;
  }
}

bool tls_channel::feed(std::string_view wire, std::span<char> scratch,
                       const std::function<void(std::string_view)>& plain) {
  incoming_ = wire;
  bool good = established_ || shake_hands();
  while (good && established_ && !ended_) {
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), scratch.data(), static_cast<int>(scratch.size()));
    if (size <= 0) {
      good = failed(size);
      break;
    }
    plain({scratch.data(), static_cast<size_t>(size)});
  }
  incoming_ = {};
  return good;
}

void tls_channel::write(std::string_view plain) {
  if (!established_) {
    waiting_ += plain;
    return;
  }
  while (!plain.empty()) {
    ERR_clear_error();
    const int some = static_cast<int>(std::min<size_t>(plain.size(), 1u << 20));
    if (SSL_write(ssl_.get(), plain.data(), some) != some)
      return; // only after a fatal alert, which `feed` reports
    plain.remove_prefix(static_cast<size_t>(some));
  }
}

void tls_channel::say_goodbye() {
  if (!established_) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

} // namespace aorta::net
