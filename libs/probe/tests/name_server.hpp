#pragma once
// Name servers for DNS checks to ask: one that answers as it is told, and a real one (NSD).

#include "testkit/tool_server.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace monitron::probe {

// Answers each datagram with those that `answer` makes of it.
class ToldNameServer {
 public:
  using Answer = std::function<std::vector<std::string>(const std::string& query)>;
  explicit ToldNameServer(Answer answer, bool v6 = false);
  ~ToldNameServer();
  std::string address() const;
  int asked() const { return asked_; }

 private:
  bool v6_;
  int fd_ = -1;
  int port_ = 0;
  std::atomic<int> asked_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// An answer to `query` with its question: `records` in wire form.
std::string dns_reply(const std::string& query, int rcode, const std::vector<std::string>& records,
                      unsigned flags = 0x8180);
// A record whose owner is the question's name.
std::string dns_record(int type, const std::string& data, unsigned ttl = 300);
std::string dns_a(const std::string& address, unsigned ttl = 300);

// An authoritative server of the zone example.test, on UDP and TCP of 127.0.0.1 and ::1.
class Nsd {
 public:
  explicit Nsd(const std::string& zone);
  ~Nsd();
  std::string v4() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string v6() const { return "[::1]:" + std::to_string(port_); }

 private:
  std::string directory_;
  int port_;
  std::unique_ptr<testkit::Program> process_;
};

}  // namespace monitron::probe
