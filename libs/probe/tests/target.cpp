#include "target.hpp"

#include "probe/address.hpp"

#include <arpa/inet.h>
#include <cmath>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

Target::Target(std::function<void(int)> serve, bool v6) {
  std::signal(SIGPIPE, SIG_IGN);
  listener_ = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  auto address = *Address::parse(v6 ? "::1" : "127.0.0.1");
  if (bind(listener_, address.raw(), address.length()) != 0) return;
  listen(listener_, 64);
  socklen_t size = sizeof(address.storage);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address.storage), &size);
  port_ = ntohs(v6 ? reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
  thread_ = std::thread([this, serve = std::move(serve)] {
    for (;;) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++accepted_;
      timeval patience{5, 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
      serve(fd);
      close(fd);
    }
  });
}

Target::~Target() {
  shutdown(listener_, SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  close(listener_);
}

std::string read_head(int fd) {
  std::string head;
  char byte = 0;
  while (head.find("\r\n\r\n") == std::string::npos && read(fd, &byte, 1) == 1) head += byte;
  return head;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::function<void(int)> answering(std::string text) {
  return [text = std::move(text)](int fd) {
    read_head(fd);
    write_all(fd, text);
  };
}

namespace {

template <class Write>
std::string pem_of(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

X509* read_certificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

EVP_PKEY* read_key(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return key;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Keys make_keys(const std::string& name, int from_days, int to_days, const Keys* authority,
               bool is_authority) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  static long serial = 1000;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * 86'400L);
  X509_gmtime_adj(X509_getm_notAfter(certificate), to_days * 86'400L);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  if (authority == nullptr || is_authority)
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  const bool numeric = Address::parse(name).has_value();
  add_extension(certificate, NID_subject_alt_name, (numeric ? "IP:" : "DNS:") + name);
  X509* issuer = authority == nullptr ? certificate : read_certificate(authority->certificate_pem);
  EVP_PKEY* signer = authority == nullptr ? key : read_key(authority->key_pem);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  X509_sign(certificate, signer, EVP_sha256());
  Keys keys{pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); }), pem_of([&](BIO* bio) {
              PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
            })};
  if (authority != nullptr) {
    X509_free(issuer);
    EVP_PKEY_free(signer);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return keys;
}

namespace {

std::function<void(int)> answering_tls(const Keys& keys, std::string text, bool often) {
  return [keys, text = std::move(text), often](int fd) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    X509* certificate = read_certificate(keys.certificate_pem);
    EVP_PKEY* key = read_key(keys.key_pem);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
      char buffer[4096];
      do {
        if (SSL_read(ssl, buffer, sizeof(buffer)) <= 0) break;
        SSL_write(ssl, text.data(), static_cast<int>(text.size()));
      } while (often);
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    X509_free(certificate);
    EVP_PKEY_free(key);
    SSL_CTX_free(context);
  };
}

}  // namespace

std::function<void(int)> answering_tls(const Keys& keys, std::string text) {
  return answering_tls(keys, std::move(text), false);
}

std::function<void(int)> answering_tls_often(const Keys& keys, std::string text) {
  return answering_tls(keys, std::move(text), true);
}

std::string write_file(const std::string& name, const std::string& text) {
  std::string path = std::string(MONITRON_BINARY_DIR) + "/tests/" + name;
  std::ofstream(path) << text;
  return path;
}

domain::ProbeOutcome run_once(const domain::CheckDefinition& check,
                              const EngineSettings::Wishes& wishes) {
  return run_with(EngineSettings::make(wishes).value(), check);
}

domain::ProbeOutcome run_with(const EngineSettings& settings,
                              const domain::CheckDefinition& check) {
  loop::Loop loop;
  domain::ProbeOutcome outcome;
  {
    Engine engine(loop, settings);
    bool called = false;
    loop.post([&] {
      engine.start(check, [&](domain::ProbeOutcome found) {
        EXPECT_FALSE(std::exchange(called, true)) << "an outcome comes once";
        outcome = std::move(found);
        loop.stop();
      });
    });
    loop.run();
    EXPECT_EQ(engine.running(), 0U);
  }
  return outcome;
}

domain::CheckDefinition check_of(domain::CheckKind kind, std::string target,
                                 std::chrono::milliseconds timeout) {
  domain::CheckDefinition check;
  check.id = CheckId::make();
  check.name = "test";
  check.settings = domain::default_settings(kind);
  check.type = to_string(kind);
  check.target = std::move(target);
  check.timeout = timeout;
  return check;
}

double value_of(const domain::ProbeOutcome& outcome, const std::string& name) {
  for (const auto& value : outcome.values) {
    if (value.name == name) return value.value;
  }
  return std::nan("");
}

}  // namespace monitron::probe
