#pragma once
// The server's side of TLS on a connection, with what may be odd about it.

#include "target.hpp"

#include <functional>
#include <string>
#include <vector>

namespace monitron::probe {

struct TlsManner {
  Keys keys;
  std::vector<Keys> chain{};    // sent after its own certificate
  bool old_only = false;        // nothing newer than TLS 1.1
  std::string ocsp{};           // DER to staple
  std::string client_ca_pem{};  // set: asks for a client's certificate and insists
};

// Shakes hands, then lets `talk` answer each piece that is received until it says "".
using Talk = std::function<std::string(const std::string& received)>;
bool serve_tls(int fd, const TlsManner& manner, const Talk& talk);

// What the authority says of the certificate, signed by itself: good or revoked.
std::string make_ocsp(const Keys& leaf, const Keys& authority, bool revoked);

std::string der_of(const Keys& keys);

}  // namespace monitron::probe
