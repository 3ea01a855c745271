#pragma once
// Who has connected to a socket and was not let in yet. They are few, and fewer from one network,
// whatever they say and however often they come. Threads: any.

#include "http/socket_server.hpp"

#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

namespace monitron::api {

class Strangers {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostOfNetwork = 32;  // an IPv4 address, an IPv6 /64

  // Whether one more may connect from there; "": from nobody knows where.
  bool has_room(const std::string& address) const;
  void came(http::SocketId id, const std::string& address);
  // It was let in, or has gone. Harmless for one that is no stranger.
  void left(http::SocketId id);

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<http::SocketId, std::string> network_;
  std::multiset<std::string> networks_;
};

}  // namespace monitron::api
