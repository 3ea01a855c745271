#pragma once
// What /metrics of the checker shows becomes series of the suite, as if somebody scraped it every
// ten seconds: so that rules can be about it. Each has the labels `location` and `checker`
// (host:port of its probes). Before the first sample of a counter stands a zero, at the time of the
// report before: what it begins with has happened since, and increase() is to see it.

#include "contracts/check_results.hpp"
#include "mq/publisher.hpp"
#include "service/runtime.hpp"

#include <memory>
#include <mutex>
#include <set>

namespace monitron::checker {

struct Report {
  contracts::Batch batch;
  Instant at;
  std::set<contracts::Series> counters;  // that are in it
};

// Pure. Threads: any.
class ReportMaker {
 public:
  struct Who {
    std::string location;
    std::string checker;
  };
  ReportMaker(Who who, Instant started) : who_(std::move(who)), before_(started) {}

  Report make(const std::vector<service::MetricFamily>& families, Instant now) const;
  // One that does not arrive is not made up for: the next one says the same, and more.
  void arrived(const Report& report);

 private:
  contracts::Series series_of(const service::MetricSample& sample) const;

  const Who who_;
  mutable std::mutex mutex_;  // guards what follows
  Instant before_;
  std::set<contracts::Series> known_;  // counters of the report that arrived last
};

class SelfReport {
 public:
  // All outlive it.
  SelfReport(service::Runtime& runtime, mq::Publisher& broker, const std::string& location,
             const std::string& instance);

 private:
  void send(mq::Publisher& broker);

  service::Runtime& runtime_;
  const std::string instance_;
  const std::shared_ptr<ReportMaker> maker_;
};

}  // namespace monitron::checker
