#pragma once
// Whose turn it is: callers one after another, and of each its connections one after another, so
// that many connections of one caller get no more than one of another. Threads: one at a time.

#include "http/socket_server.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace monitron::api {

class Turns {
 public:
  struct Turn {
    std::string caller{};
    http::SocketId connection = 0;
  };

  // `most_at_once`: turns of one caller.
  explicit Turns(std::size_t most_at_once) : most_at_once_(most_at_once) {}

  // It waits from now on; not to be said again before its turn has come.
  void add(const std::string& caller, http::SocketId connection);
  // Whose turn begins; nothing: nobody waits who may have one more.
  std::optional<Turn> next();
  void ended(const Turn& turn);

 private:
  struct Caller {
    std::deque<http::SocketId> waiting{};
    std::size_t under_way = 0;
  };

  const std::size_t most_at_once_;
  std::map<std::string, Caller> callers_;
  std::deque<std::string> order_;  // those of whom somebody waits
};

}  // namespace monitron::api
