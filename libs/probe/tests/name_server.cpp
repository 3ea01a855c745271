#include "name_server.hpp"

#include "probe/address.hpp"
#include "target.hpp"
#include "testkit/eventually.hpp"

#include <arpa/inet.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

namespace {

std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}

}  // namespace

ToldNameServer::ToldNameServer(Answer answer, bool v6) : v6_(v6) {
  fd_ = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  auto address = *Address::parse(v6 ? "::1" : "127.0.0.1");
  EXPECT_EQ(bind(fd_, address.raw(), address.length()), 0);
  socklen_t size = sizeof(address.storage);
  getsockname(fd_, reinterpret_cast<sockaddr*>(&address.storage), &size);
  port_ = ntohs(v6 ? reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
  thread_ = std::thread([this, answer = std::move(answer)] {
    char buffer[4096];
    for (;;) {
      sockaddr_storage from{};
      socklen_t length = sizeof(from);
      auto* sender = reinterpret_cast<sockaddr*>(&from);
      const ssize_t got = recvfrom(fd_, buffer, sizeof(buffer), 0, sender, &length);
      if (stopping_ || got < 0) return;
      ++asked_;
      for (const auto& reply : answer({buffer, static_cast<std::size_t>(got)})) {
        sendto(fd_, reply.data(), reply.size(), 0, sender, length);
      }
    }
  });
}

ToldNameServer::~ToldNameServer() {
  stopping_ = true;
  auto address = *Address::parse(v6_ ? "::1" : "127.0.0.1");
  address.set_port(port_);
  sendto(fd_, "", 0, 0, address.raw(), address.length());  // wakes the thread
  thread_.join();
  close(fd_);
}

std::string ToldNameServer::address() const {
  return (v6_ ? "[::1]:" : "127.0.0.1:") + std::to_string(port_);
}

std::string dns_reply(const std::string& query, int rcode, const std::vector<std::string>& records,
                      unsigned flags) {
  std::size_t end = 12;
  while (query[end] != 0) end += static_cast<unsigned char>(query[end]) + 1U;
  std::string reply = query.substr(0, 2) + u16(flags | static_cast<unsigned>(rcode)) + u16(1) +
                      u16(static_cast<unsigned>(records.size())) + u16(0) + u16(0) +
                      query.substr(12, end + 5 - 12);
  for (const auto& record : records) reply += record;
  return reply;
}

std::string dns_record(int type, const std::string& data, unsigned ttl) {
  return u16(0xc00c) + u16(static_cast<unsigned>(type)) + u16(1) + u16(ttl >> 16U) +
         u16(ttl & 0xffffU) + u16(static_cast<unsigned>(data.size())) + data;
}

std::string dns_a(const std::string& address, unsigned ttl) {
  return dns_record(1, Address::parse(address)->bytes(), ttl);
}

Nsd::Nsd(const std::string& zone)
    : directory_(std::string(MONITRON_BINARY_DIR) + "/tests/nsd." + std::to_string(getpid())),
      port_(testkit::free_ports(1)) {
  std::filesystem::create_directories(directory_);
  std::ofstream(directory_ + "/zone") << zone;
  std::ofstream(directory_ + "/nsd.conf")
      << "server:\n  ip-address: 127.0.0.1@" << port_ << "\n  ip-address: ::1@" << port_
      << "\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"" << directory_
      << "\"\n  pidfile: \"\"\n  database: \"\"\n  xfrdfile: \"" << directory_
      << "/xfrd\"\n  zonelistfile: \"" << directory_
      << "/zones\"\n  cookie-secret-file: \"\"\n  rrl-ratelimit: 0\n"
      << "  xfrdir: \"" << directory_ << "\"\nremote-control:\n  control-enable: no\n"
      << "zone:\n  name: example.test\n  zonefile: zone\n";
  process_ = std::make_unique<testkit::Program>(
      "/usr/sbin/nsd", std::vector<std::string>{"-d", "-c", directory_ + "/nsd.conf"},
      directory_ + "/log");
  auto check = check_of(domain::CheckKind::dns, "example.test", std::chrono::milliseconds(200));
  check.use<domain::DnsSettings>().record_type = "SOA";
  check.use<domain::DnsSettings>().server = v4();
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(20), [&] {
    return run_once(check).status == domain::CheckStatus::up;
  })) << testkit::read_file(directory_ + "/log");
}

Nsd::~Nsd() {
  process_->terminate();
  std::filesystem::remove_all(directory_);
}

}  // namespace monitron::probe
