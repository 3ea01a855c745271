#pragma once
// What agents tell of the connections of their hosts (the series connection_*, see docs/agent.md),
// read back as edges: who speaks with whom by which service, over a window of time. Pure.
//
// Counters are what they grew by between the first and the last sample within the window; a counter
// that is lower than before has begun anew at zero.
//
// Threads: one at a time.

#include "promql/source.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::connections {

// What kept what this end sends from going faster. Of the kernel's own accounts (tcp_info:
// tcpi_busy_time, tcpi_rwnd_limited, tcpi_sndbuf_limited; tcp_output.c, tcp_chrono_start).
enum class LimitedBy {
  nothing,      // nothing was sent
  application,  // less than half of the time there was anything to send
  receiver,     // its window was full for more than half of that
  sender,       // its own buffer was
  network       // else: what is under way is bounded by congestion
};
// "application", …; "" for nothing.
std::string_view to_string(LimitedBy what);

// With each set of labels that it had: one whose host was deployed anew is two.
struct Edge {
  std::string server_id{};
  std::string direction{};     // "inbound", "outbound"
  std::string port{};          // of the service; "*": of many
  std::string peer{};          // "10.0.0.1", "10.0.0.0/24", "*"
  std::string service_type{};  // "" when it is not known
  promql::Labels labels{};     // of the instance and its agent, besides
  std::int64_t last_ms = 0;    // of the last sample
  // As of the last round of its agent; nothing when that is too old, or the edge not in it.
  double open = 0;
  double connecting = 0;
  std::optional<double> rtt_seconds{};
  std::map<std::string, double> processes{};  // connections open, of those whose process is known
  // In the window:
  double opened = 0;
  double closed = 0;
  std::map<std::string, double> failed{};  // by cause; those that there were
  double sent_bytes = 0;
  double received_bytes = 0;
  double sent_segments = 0;
  double resent_segments = 0;
  double busy_seconds = 0;
  double receiver_limited_seconds = 0;
  double sender_limited_seconds = 0;
  double duration_seconds = 0;    // of those that have ended, together
  double connection_seconds = 0;  // that they were open, all together
  double covered_seconds = 0;     // of the window, from the first sample to the last

  double failures() const;
  double attempts() const;  // that came to something or to nothing
  double sent_bytes_per_second() const;
  double received_bytes_per_second() const;
  std::optional<double> error_ratio() const;   // failures, of attempts
  std::optional<double> resent_ratio() const;  // of segments
  std::optional<double> mean_duration_seconds() const;
  LimitedBy limited_by() const;
};

// The metrics that it wants, as a regular expression.
inline constexpr std::string_view kEdgeMetrics =
    "connection_(open|connecting|rtt_seconds|opened_total|closed_total|failed_total|process_open|"
    "(sent|received)_bytes_total|(sent|resent)_segments_total|"
    "(busy|receiver_limited|sender_limited)_seconds_total|duration_seconds_sum)";

// The last round of each agent, by server_id: all that an agent tells in one has one time. Told by
// a metric that each round has once.
using LastRounds = std::map<std::string, std::int64_t>;
inline constexpr std::string_view kRoundMetric = "monitron_agent_connections_lost_total";

class EdgeReader {
 public:
  // A last round before `fresh_from_ms` tells nothing of now. Without a word of an agent's rounds
  // the last is that of the last sample.
  EdgeReader(LastRounds last_rounds, std::int64_t fresh_from_ms)
      : last_rounds_(std::move(last_rounds)), fresh_from_ms_(fresh_from_ms) {}
  // A series of those metrics and its samples in the window.
  void see(const promql::Labels& labels, std::span<const promql::Sample> samples);
  std::vector<Edge> take();  // by labels

 private:
  struct Gathered {
    Edge edge{};
    std::vector<std::pair<std::string, promql::Sample>> processes{};  // last samples
    promql::Sample connecting{}, rtt{};
  };
  void count(Gathered& to, const promql::Labels& labels, std::span<const promql::Sample> samples);
  void finish(Gathered& one, std::int64_t last_round_ms) const;

  LastRounds last_rounds_;
  std::int64_t fresh_from_ms_;
  std::map<promql::Labels, Gathered> gathered_;
};

}  // namespace monitron::connections
