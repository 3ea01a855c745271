#pragma once
// TCP connections folded into edges: who speaks with whom by which service, and what went over it.
// Pure: it is told of sockets, as they are (a round) and as they end (an event each), and of their
// owners, which stay as long as it does. A connection
// between two processes of this host has two ends, and so is on two edges.
//
// An edge is inbound when somebody listens on its local port here, else outbound; the port of the
// side that began is folded. So many edges are told apart; peers beyond that are counted by their
// prefix (/24, /64), and beyond that all in one: counted, not dropped.
//
// Threads: one at a time.

#include "base/clock.hpp"
#include "host/socket_owners.hpp"
#include "host/tcp_sockets.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace monitron::host {

enum class Direction : std::uint8_t { inbound, outbound };

struct EdgeKey {
  Direction direction = Direction::outbound;
  std::uint16_t port = 0;  // of the service: local when inbound, else the peer's; 0: of many
  IpAddress peer{};
  std::uint8_t prefix = 128;  // bits of `peer` that count (IPv4 is mapped: /24 has 120); 0: of all
  auto operator<=>(const EdgeKey&) const = default;
};
std::string peer_of(const EdgeKey& key);  // "10.0.0.1", "10.0.0.0/24", "*"

// How a connection ended, other than by both sides' FIN. Of a connect() that blocks, the kernel has
// forgotten by its end whom it was for: those count here as timed_out when a round saw them wait,
// and all of them in node_netstat_Tcp_AttemptFails alone.
enum class Failure : std::uint8_t {
  refused,      // never there: the peer said no (RST)
  timed_out,    // … it said nothing, though asked again
  unreachable,  // … it said nothing to one SYN: no way to it, or given up within a second
  reset         // was there, and ended without this side's FIN being acknowledged
};
inline constexpr std::array kFailures = {"refused", "timed_out", "unreachable", "reset"};
// Of one that has ended. Nothing: it ended well, or it never tried.
std::optional<Failure> failure_of(const TcpSocket& ended, Direction direction);

// Upper bounds, in seconds, of the histogram of durations; one more without a bound.
inline constexpr std::array kDurationBounds = {0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 86400.0};

// Since the edge is known. What connections had done before the first round is not in it, though
// their ends are.
struct EdgeCounts {
  std::uint64_t opened = 0;  // established
  std::uint64_t closed = 0;  // of those, and of those found in the first round
  std::array<std::uint64_t, kFailures.size()> failed{};
  std::uint64_t bytes_sent = 0;  // payload, once
  std::uint64_t bytes_received = 0;
  std::uint64_t segments_sent = 0;
  std::uint64_t segments_resent = 0;
  std::uint64_t busy_us = 0;
  std::uint64_t receiver_limited_us = 0;
  std::uint64_t sender_limited_us = 0;
  // Of those that have ended, since they were seen first; of one that came and went between two
  // rounds, half of the time since the first of them.
  std::array<std::uint64_t, kDurationBounds.size() + 1> durations{};  // not cumulative
  double duration_seconds = 0;
};

struct Edge {
  // By port, and by the process that listens if it was known when the edge was first: it stays, as
  // what an edge is called must.
  std::string_view service_type{};
  EdgeCounts counts{};
  std::uint64_t open = 0;        // as of the last round
  std::uint64_t connecting = 0;  // SYN sent, no answer yet
  double rtt_seconds = 0;        // mean of those that are open; 0: none was measured
  // Those whose process is known; 0 in the first round after the last of a process has ended.
  std::map<const Owner*, std::uint64_t> open_by{};
};

struct Listener {
  Endpoint at{};
  bool up = true;                // else it has ended
  const Owner* owner = nullptr;  // null: not known
  std::uint64_t waiting = 0;     // connections to be accepted
  std::uint64_t most_waiting = 0;
};

// One connection, or an attempt at one, for a log: told when it is seen first, and with its end.
struct LoggedConnection {
  std::uint64_t cookie = 0;
  Instant opened{};                // or asked for, or seen first; the same each time
  std::optional<Instant> ended{};  // nothing: it has not
  std::optional<Failure> failure{};
  Direction direction = Direction::outbound;
  Endpoint local{};
  Endpoint remote{};
  const Owner* owner = nullptr;  // null: not known
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
};

class ConnectionTable {
 public:
  struct Limits {
    std::size_t edges = 400;        // of single peers
    std::size_t prefixes = 50;      // of many, besides; and as many of all peers of a port
    std::chrono::minutes keep{15};  // an edge on which nothing is and nothing happens
    // When there is no room for a new peer, the one that was idle longest makes room, so many at
    // once and, on average, `edges` in the time of `keep`: a flood of peers is folded all the same.
    double replaced = 20;
    // A listener that has ended is told of for so long, if it had been there for so long.
    std::chrono::minutes keep_listener{24 * 60};
    std::chrono::minutes settled{5};
    std::size_t ended_listeners = 200;
    std::size_t logged = 1000;  // between two rounds; 0: no log
  };
  ConnectionTable() = default;
  explicit ConnectionTable(Limits limits) : limits_(limits) {}

  // A round: those who listen first, then all others, in between any number of see().
  void begin_round(SteadyInstant now, Instant wall = {});
  void see_listening(const TcpSocket& socket, const Owner* owner = nullptr);
  void see(const TcpSocket& socket, const Owner* owner = nullptr);
  void end_round();
  void abandon_round();  // instead: not all were told

  // May come between rounds and within one.
  void ended(const TcpSocket& socket, SteadyInstant now);

  std::vector<std::pair<EdgeKey, Edge>> edges() const;  // by key
  std::vector<Listener> listeners() const;              // by address and port

  // What is to be logged since it was asked last, but for what stays within the host. Connections
  // that are open wait for their turn; of those that ended beyond the limit the number alone stays.
  std::vector<LoggedConnection> take_log() { return std::exchange(log_, {}); }
  std::uint64_t unlogged() const { return unlogged_; }
  void log_at_most(std::size_t connections) { limits_.logged = connections; }

  const std::map<TcpState, std::uint64_t>& states() const { return states_; }  // of the last round

 private:
  struct Slot : Edge {
    SteadyInstant last_used{};
    std::size_t sockets = 0;  // known, on it
    double rtt_sum_us = 0;
    std::uint64_t rtt_count = 0;
  };
  struct Heard : Listener {
    SteadyInstant since{}, last{};
  };
  using Slots = std::map<EdgeKey, Slot>;
  struct Known {
    Slots::iterator edge{};
    TcpFigures figures{};  // as counted
    SteadyInstant since{};
    Instant logged{};  // when it was opened, as logged; 1970: it is not yet
    const Owner* owner = nullptr;
    Endpoint local{};
    Endpoint remote{};
    std::uint32_t round = 0;
    bool established = false;
  };
  using Sockets = std::unordered_map<std::uint64_t, Known>;  // by cookie

  EdgeKey key_of(const TcpSocket& socket) const;
  EdgeKey with_room(EdgeKey key) const;
  Slots::iterator edge_of(const TcpSocket& socket);
  std::string_view service_type_of(const EdgeKey& key) const;
  void make_room();
  Sockets::iterator known(const TcpSocket& socket, SteadyInstant since);
  Sockets::iterator drop(Sockets::iterator socket);
  static void begin_with(Known& known, const TcpSocket& socket);
  static void count(Known& known, const TcpSocket& socket);
  static void close(const Known& known, double seconds);
  void lose(std::uint64_t cookie, Known& known);
  void gave_up(const TcpSocket& socket, SteadyInstant now);
  LoggedConnection logged(Known& known, const TcpSocket& socket) const;
  void log(Known& known, const TcpSocket& socket);
  void log_end(Known& known, const TcpSocket& socket, SteadyInstant now,
               const std::optional<Failure>& failure);
  Instant wall_of(SteadyInstant time) const;
  void forget();
  void forget_listeners();

  Limits limits_{};
  Slots slots_;
  std::size_t single_ = 0;  // of them, those of single peers
  double replaceable_ = limits_.replaced;
  bool all_are_busy_ = false;   // until the next round
  SteadyInstant told_until_{};  // of what came after it, edges() has told nothing yet
  Sockets sockets_;
  std::set<std::uint16_t> listening_;  // ports, of those too that were there until lately
  std::map<Endpoint, Heard> listeners_;
  std::map<TcpState, std::uint64_t> states_;
  std::vector<LoggedConnection> log_;
  std::uint64_t unlogged_ = 0;
  Instant wall_{};  // at now_
  SteadyInstant now_{};
  std::uint32_t round_ = 0;
};

}  // namespace monitron::host
