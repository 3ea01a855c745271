#pragma once
// What is said between a Runner and its spawner: one datagram each, on a socket pair. Both come
// from one build; the version tells when a spawner was replaced under a running program.

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace monitron::script {

inline constexpr std::size_t kOutputBytes = 4096;     // of a script's output that are kept
inline constexpr std::size_t kFloodBytes = 1u << 20;  // a script that writes more is ended
inline constexpr std::size_t kDatagramBytes = 32u << 10;

struct Order {
  std::uint64_t id = 0;
  std::chrono::milliseconds timeout{10'000};
  std::string command;  // a file name in the spawner's folder
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // NAME=value, beside PATH and LANG
  std::string input{};                   // its standard input; any bytes
  bool operator==(const Order&) const = default;
};

struct Started {
  std::uint64_t id = 0;
  int pid = 0;  // also its process group and session
  bool operator==(const Started&) const = default;
};

// How a script ended.
struct Ending {
  enum class How {
    exited,     // with `code`
    killed,     // by the signal `code`
    timed_out,  // ended by us
    flooded,    // ended by us: it wrote more than kFloodBytes
    refused,    // never ran; `problem` says why
    lost,       // the spawner ended before it
  };
  std::uint64_t id = 0;
  How how = How::lost;
  int code = 0;
  std::string output;     // stdout, its first kOutputBytes
  bool cut = false;       // there was more
  std::string complaint;  // stderr, as much of it
  std::string problem;
  std::chrono::microseconds took{0};
  bool operator==(const Ending&) const = default;
};

struct Stop {
  std::uint64_t id = 0;  // of the order that nobody waits for any more
  bool operator==(const Stop&) const = default;
};

std::string encode(const Order& order);
std::string encode(const Stop& stop);
std::string encode(const Started& started);
std::string encode(const Ending& ending);

using Message = std::variant<Order, Stop, Started, Ending>;
// Fault: invalid.
Result<Message> decode(std::string_view datagram);

}  // namespace monitron::script
