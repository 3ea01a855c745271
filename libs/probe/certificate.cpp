#include "probe/certificate.hpp"

#include "base/bytes.hpp"
#include "probe/address.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

namespace monitron::probe {

namespace {

constexpr std::size_t kNames = 100;
constexpr std::size_t kText = 1024;

// Control characters are no part of a name that anybody should see.
std::string bounded(std::string text) {
  if (text.size() > kText) text.resize(kText);
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) byte = '?';
  }
  return text;
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return bounded({data, static_cast<std::size_t>(std::max(size, 0L))});
}

std::string common_name_of(X509* certificate) {
  std::array<char, 256> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                             text.data(), text.size());
  return size <= 0 ? "" : bounded({text.data(), static_cast<std::size_t>(size)});
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return from_ms(static_cast<std::int64_t>(timegm(&parts)) * 1000);
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  const auto* data = ASN1_STRING_get0_data(bytes);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (ASN1_STRING_length(bytes) == 16) {
    std::copy_n(data, 16, reinterpret_cast<unsigned char*>(&v6.sin6_addr));
    return Address::of(reinterpret_cast<sockaddr*>(&v6)).str();
  }
  if (ASN1_STRING_length(bytes) != 4) return "address of odd length";
  std::copy_n(data, 4, reinterpret_cast<unsigned char*>(&v4.sin_addr));
  return Address::of(reinterpret_cast<sockaddr*>(&v4)).str();
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> list(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(list.get()) && names.size() < kNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type == GEN_DNS) {
      const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
      names.push_back(
          bounded({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), size}));
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_text(name->d.iPAddress));
    }
  }
  return names;
}

std::string serial_of(X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* hex = number == nullptr ? nullptr : BN_bn2hex(number);
  std::string text = hex == nullptr ? "" : hex;
  OPENSSL_free(hex);
  BN_free(number);
  return bounded(std::move(text));
}

std::string fingerprint_of(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string key_of(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return "unknown";
  const char* type = EVP_PKEY_get0_type_name(key);
  std::string text = type == nullptr ? "unknown" : type;
  std::array<char, 80> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 && size > 0) {
    text += " " + std::string(group.data(), std::min(size, group.size()));
  }
  return text + ", " + std::to_string(EVP_PKEY_get_bits(key)) + " bits";
}

std::string signature_of(X509* certificate) {
  const char* name = OBJ_nid2ln(X509_get_signature_nid(certificate));
  return name == nullptr ? "unknown" : name;
}

}  // namespace

Certificate read_certificate(X509* certificate) {
  Certificate facts;
  facts.subject = name_text(X509_get_subject_name(certificate));
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  facts.common_name = common_name_of(certificate);
  facts.names = names_of(certificate);
  facts.serial = serial_of(certificate);
  facts.sha256 = fingerprint_of(certificate);
  facts.key = key_of(certificate);
  facts.signature = signature_of(certificate);
  facts.not_before = instant_of(X509_get0_notBefore(certificate));
  facts.not_after = instant_of(X509_get0_notAfter(certificate));
  ERR_clear_error();
  return facts;
}

Result<Certificate> parse_certificate(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
  ERR_clear_error();
  if (!certificate) return fail(Fault::invalid, "not a certificate");
  return read_certificate(certificate.get());
}

void judge_dates(PeerCertificate& peer, Instant now) {
  if (!peer.sent) return;
  for (const auto& link : peer.sent->verified) {
    const bool leaf = &link == &peer.sent->verified.front();
    const std::string whose = leaf ? "certificate" : "certificate of " + link.subject;
    std::string text;
    if (now > link.not_after) {
      peer.expired = true;
      text = whose + " has expired, valid until " + to_rfc3339(link.not_after);
    } else if (now < link.not_before) {
      peer.not_yet_valid = true;
      text = whose + " is not yet valid, only from " + to_rfc3339(link.not_before);
    }
    if (!text.empty() && peer.date_problem.empty()) peer.date_problem = text;
  }
}

std::string PeerCertificate::complaint() const {
  std::string text = date_problem;
  for (const auto& problem : problems) text += (text.empty() ? "" : "; ") + problem.text;
  return text;
}

std::string PeerCertificate::words() const {
  std::string text = expired ? "expired" : "";
  if (not_yet_valid) text += text.empty() ? "not_yet_valid" : ", not_yet_valid";
  for (const auto& problem : problems) text += (text.empty() ? "" : ", ") + problem.word;
  return text;
}

}  // namespace monitron::probe
