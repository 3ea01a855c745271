#pragma once
// Stores telemetry: all that it is given in one transaction, every batch and every check result
// once, however often it is handed over (the ledger), by binary COPY into the current table of the
// staging ring. What cannot be stored goes to quarantine in the same transaction. One Writer
// belongs to one thread; many writers, in many processes, may run at once.

#include "base/result.hpp"
#include "contracts/telemetry.hpp"
#include "domain/check_result.hpp"
#include "series/series_limits.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace monitron::series {

struct WriterConfig {
  std::string database_url{};
  std::string application_name{};
  SeriesLimitsConfig limits{};  // beyond them no new series are made
  std::chrono::seconds connection_log_age = std::chrono::days(30);
  bool ledger = true;  // false stores repeated deliveries again: for showing that tests notice
};

// What could not be read.
struct Rejected {
  std::string message_id{};
  std::string reason{};
  std::string body{};
};

struct Load {
  std::vector<contracts::Batch> batches{};  // dictionaries in full
  std::vector<domain::CheckResult> results{};
  std::vector<domain::MissedSlots> missed{};
  std::vector<Rejected> rejected{};
};

struct Written {
  std::size_t batches = 0;     // stored now
  std::size_t duplicates = 0;  // batches and results that were stored before
  std::size_t results = 0;
  std::size_t refuted = 0;  // words about silence that a result came after
  std::size_t samples = 0;
  std::size_t refused_samples = 0;  // no room for their series
  std::size_t quarantined = 0;
};

class Writer {
 public:
  explicit Writer(WriterConfig config);
  ~Writer();

  // After success all of `load` is stored and stays so. After a fault nothing of it is.
  // Faults: unavailable or timeout (later), invalid (PostgreSQL refuses something in it).
  Result<Written> write(const Load& load);

  // Drops ledger entries of what came on days before `forget`, old trial results, missed slots and
  // logged connections.
  Result<void> keep_house(Instant forget);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::series
