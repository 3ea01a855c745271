#pragma once
// What the load programs share: the series and values that they send, and a keep-alive connection
// to the gateway.

#include "contracts/compression.hpp"
#include "contracts/telemetry.hpp"

#include <arpa/inet.h>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <openssl/ssl.h>
#include <protozero/pbf_writer.hpp>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::bench {

inline constexpr std::size_t kSeries = 200;
inline std::vector<contracts::Series> make_series() {
  std::vector<contracts::Series> series;
  for (std::size_t i = 0; i < kSeries; ++i) {
    series.push_back({"node_bench_" + std::to_string(i / 8) + "_bytes",
                      {{"device", "disk" + std::to_string(i % 8)}, {"host", "bench"}}});
  }
  return series;
}

// A third stands still, a third counts up, a third moves about with three digits.
class Values {
 public:
  explicit Values(std::uint32_t seed) : random_(seed), values_(kSeries) {
    for (auto& value : values_) value = static_cast<double>(random_() % 1'000'000);
  }
  const std::vector<double>& next() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (i % 3 == 1) values_[i] += static_cast<double>(random_() % 5000);
      if (i % 3 != 2) continue;
      values_[i] += static_cast<double>(random_() % 200) / 1000 - 0.1;
      values_[i] = std::round(values_[i] * 1000) / 1000;
    }
    return values_;
  }

 private:
  std::mt19937 random_;
  std::vector<double> values_;
};

inline void add_label(protozero::pbf_writer& series, const std::string& name,
                      const std::string& value) {
  protozero::pbf_writer label(series, 1);
  label.add_string(1, name);
  label.add_string(2, value);
}

// The block format of snappy, all of it literal: legal, and free to make.
inline std::string as_snappy(const std::string& plain) {
  std::string out;
  for (auto size = plain.size();; size >>= 7) {
    out += static_cast<char>(size < 128 ? size : (size & 127) | 128);
    if (size < 128) break;
  }
  out += static_cast<char>(62 << 2);  // a literal, its length less one in three bytes
  for (int shift = 0; shift < 24; shift += 8) out += static_cast<char>((plain.size() - 1) >> shift);
  return out + plain;
}

// MONITRON_BENCH_CA: connections are TLS, to a server that this authority vouches for.
inline SSL_CTX* tls_context() {
  static SSL_CTX* const context = [] {
    const char* authority = std::getenv("MONITRON_BENCH_CA");
    if (authority == nullptr) return static_cast<SSL_CTX*>(nullptr);
    auto* made = SSL_CTX_new(TLS_client_method());
    if (SSL_CTX_load_verify_locations(made, authority, nullptr) != 1) std::exit(66);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    return made;
  }();
  return context;
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : port_(port) { open(); }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  std::size_t openings() const { return openings_; }  // each has a file descriptor of its own

  // False when it is to be sent again later; what is refused ends the program.
  bool taken(const std::string& request) {
    say(request);
    return hear();
  }
  void say(const std::string& request) const {
    for (std::size_t at = 0; at < request.size();) {
      const auto sent = write(request.data() + at, request.size() - at);
      if (sent <= 0) std::exit(74);
      at += static_cast<std::size_t>(sent);
    }
  }
  bool hear() {
    const auto answer = read_answer();
    // A gateway ends a connection after so many requests.
    if (answer.find("\r\nConnection: close\r\n") != std::string::npos) {
      close(fd_);
      open();
    }
    const auto status = answer.substr(9, 3);
    if (status == "202" || status == "204") return true;
    if (status[0] == '5') return false;
    std::cerr << answer << "\n";
    std::exit(1);
  }

 private:
  void open() {
    ++openings_;
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(69);
    tls_.reset(tls_context() == nullptr ? nullptr : SSL_new(tls_context()));
    if (!tls_) return;
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), "127.0.0.1");
    if (SSL_set_fd(tls_.get(), fd_) != 1 || SSL_connect(tls_.get()) != 1) std::exit(76);
  }
  ssize_t write(const char* bytes, std::size_t size) const {
    if (tls_) return SSL_write(tls_.get(), bytes, static_cast<int>(size));
    return send(fd_, bytes, size, MSG_NOSIGNAL);
  }
  ssize_t read(char* bytes, std::size_t size) const {
    if (tls_) return SSL_read(tls_.get(), bytes, static_cast<int>(size));
    return recv(fd_, bytes, size, 0);
  }

  // Head and body; answers with a body have a Content-Length.
  std::string read_answer() const {
    std::string answer;
    std::size_t wanted = std::string::npos;
    while (answer.size() < wanted) {
      char bytes[4096];
      const auto got = read(bytes, sizeof bytes);
      if (got <= 0) std::exit(74);
      answer.append(bytes, static_cast<std::size_t>(got));
      const auto end = answer.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      if (answer.compare(9, 3, "204") == 0) return answer;
      const auto length = answer.find("Content-Length: ");
      if (length == std::string::npos) std::exit(76);
      wanted = end + 4 + std::strtoul(answer.c_str() + length + 16, nullptr, 10);
    }
    return answer;
  }

  std::uint16_t port_;
  int fd_ = -1;
  std::size_t openings_ = 0;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

}  // namespace monitron::bench
