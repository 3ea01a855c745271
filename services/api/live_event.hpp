#pragma once
// Live data as stream clients get it: one JSON object per event, made once for all of them.

#include "base/clock.hpp"
#include "contracts/telemetry.hpp"
#include "domain/threshold.hpp"

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace monitron::api {

// states: a check's state has changed, it begins or ends to flap or to warn. alerts: alerts, and
// what people do about incidents. jobs: long work, for who asked for it.
enum class Topic { metrics, checks, states, alerts, jobs };

struct LiveEvent {
  Topic topic = Topic::metrics;
  std::string id{};        // the same in every replica; empty: it cannot be resumed from
  std::string source{};    // instance or check
  std::string instance{};  // of a check or an alert, when it belongs to one
  std::string metric_type{};
  std::string metric_name{};
  const domain::LabelSet* labels = nullptr;    // of the series, the check or the alert; null: none
  std::string audience{};                      // the one user it is for; empty: all
  std::function<const std::string&()> text{};  // the JSON; made at the first call
};

// A series as prepared once: everything of an event but value and time.
struct LiveSeries {
  std::string metric_type{};
  std::string metric_name{};
  domain::LabelSet labels{};
  std::string head{};  // {"type":"metric",…,"labels":{…},"value":
};

// Series of dictionaries, kept by hash, so that names are handled once and not per sample.
// Threads: one.
class SeriesCache {
 public:
  // Nothing for a dictionary that cannot be read.
  std::shared_ptr<const std::vector<LiveSeries>> series_of(
      const std::string& source, const contracts::PackedDictionary& dictionary);

 private:
  using Key = std::string;
  std::list<Key> recent_;
  struct Entry {
    std::shared_ptr<const std::vector<LiveSeries>> series;
    std::list<Key>::iterator place;
  };
  std::unordered_map<Key, Entry> known_;
};

std::string metric_event(const LiveSeries& series, double value, std::int64_t time_ms);

}  // namespace monitron::api
