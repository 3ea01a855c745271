#pragma once
// One round of measuring: what the host says of itself, as samples with Prometheus's names.

#include "contracts/telemetry.hpp"
#include "host/connection_watcher.hpp"
#include "host/cpu.hpp"
#include "host/disks.hpp"
#include "host/filesystems.hpp"
#include "host/proc_file.hpp"
#include "host/processes.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace monitron::agent {

struct Measurement {
  contracts::Series series;
  double value = 0;
};

using Labels = std::map<std::string, std::string>;

// Gathers measurements; each carries the agent's own labels and those given, sorted.
class Measurements {
 public:
  explicit Measurements(const Labels& own) : own_(&own) {}
  // A label given here wins over one of the agent of the same name.
  void add(const char* name, double value, const Labels& labels = {});
  void append(std::vector<Measurement> more);  // that have their labels already
  const std::vector<Measurement>& all() const { return all_; }

 private:
  const Labels* own_;
  std::vector<Measurement> all_;
};

// What the agent knows about itself.
struct OwnFigures {
  double spool_bytes = 0;
  double spool_pending = 0;
  double spool_dropped = 0;
  double spool_damaged = 0;
  double quarantined = 0;
  double sent = 0;
  double send_failures = 0;
  std::string configuration{};  // version; empty: as it was started
  bool configuration_refused = false;
};

// A program on this host that tells metrics of itself.
struct ScrapeTarget {
  std::string job{};
  std::string url{};
};
// What it told, and that it did (up).
struct Scraped {
  std::string job{};
  std::int64_t time_ms = 0;
  Measurements measured;
  std::vector<domain::MetricMetadata> metadata{};
};

struct Round {
  std::int64_t time_ms = 0;
  Measurements host;         // the same series in every round, nearly
  Measurements processes;    // changes often, so it has a dictionary of its own
  Measurements connections;  // and so do these
  std::vector<contracts::ConnectionRecord> log{};  // of connections
  std::vector<Scraped> scraped{};
  std::optional<Measurements> logs{};  // what is counted in log files
};

// A source that fails is left out of the round and logged once until it works again.
// Threads: one at a time.
class Collector {
 public:
  struct Wanted {
    std::size_t top_processes = 10;
    bool connections = true;
    std::size_t connection_log = 1000;  // a round
    bool operator==(const Wanted&) const = default;
  };
  Collector(Labels own, const Wanted& wanted, std::string proc = "/proc");
  // From the next round on.
  void want(const Wanted& wanted);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  Round collect(const Clock& clock, const OwnFigures& own);

 private:
  using Add = std::function<void(std::string_view text, Measurements& out)>;
  struct Source {
    const char* name;
    host::ProcFile file;
    Add add;
    bool optional = false;  // not every kernel has it
    bool failing = false;
  };
  void read(Source& source, Measurements& out);
  void add_cpu(std::string_view text, Measurements& out);
  void add_load(std::string_view text, Measurements& out);
  void add_memory(std::string_view text, Measurements& out);
  void add_core(int core, const host::CpuTimes& times, Measurements& out);
  void add_disks(std::string_view text, Measurements& out);
  void add_network(std::string_view text, Measurements& out);
  void add_filesystems(std::string_view text, Measurements& out);
  void add_own(const OwnFigures& own, Measurements& out);
  void add_processes(Measurements& out);
  void add_connections(Round& round);

  Labels own_;
  Wanted wanted_{};
  std::vector<Source> sources_;
  std::string buffer_;
  host::CpuStat last_cpu_;
  std::vector<host::Disk> last_disks_;
  host::FilesystemReader filesystems_;
  host::ProcessReader processes_;
  std::unique_ptr<host::ConnectionWatcher>
      connections_;  // null: not wanted, or the kernel has none
  bool connections_failing_ = false;
  SteadyInstant last_round_;
  double since_last_ = 0;  // seconds; 0: this is the first round
  bool first_ = true;
};

}  // namespace monitron::agent
