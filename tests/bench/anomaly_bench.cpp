// anomaly_bench SCRAPES: how often rules on anomalies are right. On what scrape_node.py wrote (the
// first half is learnt, the second half is watched, with spikes and steps put into it), and on made
// weeks of office traffic. An alarm is what `for` lets through. Prints a JSON list of {name, value,
// unit}.

#include "domain/baseline.hpp"
#include "node_scrapes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <set>

using namespace monitron;
using domain::Baseline;
using domain::SeriesPoint;
using Points = std::vector<SeriesPoint>;

namespace {

double sensitivity = 5;

const char* separator = "[";

void print(const std::string& name, double value, const char* unit) {
  std::printf("%s{\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\"}", separator, name.c_str(), value,
              unit);
  separator = ",\n";
}

std::string named(const std::string& what) {
  return "anomalies at " + std::to_string(static_cast<int>(sensitivity)) + ", " + what + ": ";
}

// Alarms: times that points in a row were outside for as long as `hold_ms`.
int alarms(const Baseline& baseline, const Points& points, std::int64_t hold_ms) {
  int count = 0;
  std::int64_t since = -1;
  bool fired = false;
  for (const auto& point : points) {
    const bool outside = domain::is_outside(baseline.at(point.time_ms, sensitivity), point.value,
                                            domain::Direction::both);
    if (!outside) {
      since = -1;
      fired = false;
    } else if (since < 0) {
      since = point.time_ms;
    }
    if (!outside || fired || point.time_ms - since < hold_ms) continue;
    fired = true;
    ++count;
  }
  return count;
}

// -- what node_exporter said

// What people have rules on: rates of counters, and gauges as they are.
const std::set<std::string> kGauges = {"node_load1",
                                       "node_load5",
                                       "node_memory_MemAvailable_bytes",
                                       "node_memory_Cached_bytes",
                                       "node_memory_AnonPages_bytes",
                                       "node_procs_running",
                                       "node_sockstat_TCP_alloc",
                                       "node_netstat_Tcp_CurrEstab",
                                       "node_filefd_allocated",
                                       "node_entropy_available_bits"};
const std::set<std::string> kCounters = {"node_cpu_seconds_total",
                                         "node_context_switches_total",
                                         "node_intr_total",
                                         "node_network_receive_bytes_total",
                                         "node_network_transmit_packets_total",
                                         "node_disk_writes_completed_total",
                                         "node_disk_io_time_seconds_total",
                                         "node_forks_total",
                                         "node_vmstat_pgfault",
                                         "node_pressure_cpu_waiting_seconds_total"};
constexpr std::size_t kRateSeconds = 30;

struct Known {
  std::string name;
  Points points;
};

std::vector<Known> read(const std::vector<contracts::Batch>& batches) {
  const auto names = contracts::unpack_dictionary(batches.back().blocks[0].dictionary);
  std::vector<Known> series;
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    const auto& name = (*names)[i].name;
    const bool counter = kCounters.contains(name);
    if (!counter && !kGauges.contains(name)) continue;
    Points raw, points;
    for (const auto& batch : batches) {
      const auto& frame = batch.blocks[0].frames[0];
      if (i < frame.values.size() && !contracts::is_absent(frame.values[i])) {
        raw.push_back({frame.time_ms, frame.values[i]});
      }
    }
    for (std::size_t k = kRateSeconds; counter && k < raw.size(); ++k) {
      const auto& before = raw[k - kRateSeconds];
      const auto seconds = static_cast<double>(raw[k].time_ms - before.time_ms) / 1000;
      points.push_back({raw[k].time_ms, (raw[k].value - before.value) / seconds});
    }
    series.push_back({name, counter ? std::move(points) : std::move(raw)});
  }
  return series;
}

double spread(Points points) {
  const auto less = [](const auto& a, const auto& b) { return a.value < b.value; };
  const auto [low, high] = std::minmax_element(points.begin(), points.end(), less);
  return std::max(high->value - low->value, 0.1 * std::abs(high->value));
}

// Twice the spread of what was learnt is added from `from` on, for so many points.
Points with_leap(Points points, std::size_t from, std::size_t count, double leap) {
  for (std::size_t i = from; i < std::min(points.size(), from + count); ++i) {
    points[i].value += leap;
  }
  return points;
}

void measure_scrapes(const char* file) {
  const auto batches = bench::read_scrapes(file, 0);
  int series = 0, spikes = 0, steps = 0, false_alarms = 0, false_spikes = 0;
  double hours = 0;
  for (const auto& known : read(batches)) {
    const auto half = static_cast<std::ptrdiff_t>(known.points.size() / 2);
    const Points learnt(known.points.begin(), known.points.begin() + half);
    const Points watched(known.points.begin() + half, known.points.end());
    const auto baseline = Baseline::learn(
        learnt, {.season = domain::Season::flat, .min_history = std::chrono::seconds(60)});
    if (!baseline) continue;
    ++series;
    hours += static_cast<double>(watched.back().time_ms - watched.front().time_ms) / 3.6e6;
    const int alone = alarms(*baseline, watched, 0), held = alarms(*baseline, watched, 60'000);
    false_spikes += alone;
    false_alarms += held;
    const double leap = 2 * spread(learnt);
    const auto middle = watched.size() / 2;
    spikes += alarms(*baseline, with_leap(watched, middle, 5, leap), 0) > alone ? 1 : 0;
    const auto stepped = with_leap(watched, middle, watched.size(), leap);
    steps +=
        alarms(*baseline, {stepped.begin() + static_cast<std::ptrdiff_t>(middle), stepped.end()},
               60'000) > 0
            ? 1
            : 0;
  }
  const auto name = named("node_exporter");
  print(name + "series", series, "");
  print(name + "steps found, for 1 min", 100.0 * steps / series, "%");
  print(name + "spikes of 5 s found, without for", 100.0 * spikes / series, "%");
  print(name + "false alarms, for 1 min", false_alarms / hours, "per series and hour");
  print(name + "false alarms, without for", false_spikes / hours, "per series and hour");
}

// -- office traffic, by the minute

constexpr std::int64_t kMinute = 60'000, kDay = 1440 * kMinute, kWeek = 7 * kDay;

struct Traffic {
  std::mt19937 random{42};
  std::lognormal_distribution<double> noise{0, 0.15};
  double busy_days = 1;  // this week's, beside the others

  double at(std::int64_t time) {
    const auto day = time / kDay % 7;
    const double hour = static_cast<double>(time % kDay) / 3.6e6;
    const double work = day < 5 ? std::exp(-std::pow((hour - 13) / 3.5, 4)) : 0.1;
    return (60 + 900 * work * busy_days) * noise(random);
  }
  Points week(int number, std::int64_t step) {
    busy_days = std::lognormal_distribution<double>(0, 0.05)(random);
    Points points;
    for (auto time = number * kWeek; time < (number + 1) * kWeek; time += step) {
      points.push_back({time, at(time)});
    }
    return points;
  }
};

void measure_traffic() {
  constexpr int kTrials = 50;
  constexpr std::int64_t kHold = 5 * kMinute;
  int false_alarms = 0, nights = 0, drops = 0, spikes = 0;
  Traffic traffic;
  for (int trial = 0; trial < kTrials; ++trial) {
    Points past;
    for (int week = 0; week < 4; ++week) {
      const auto more = traffic.week(week, 787'000);
      past.insert(past.end(), more.begin(), more.end());
    }
    const auto baseline = Baseline::learn(past, {});
    const auto watched = traffic.week(4, kMinute);
    false_alarms += alarms(*baseline, watched, kHold);
    const auto during = [&](std::int64_t from, double factor) {
      Points some;
      for (auto time = 4 * kWeek + from; time < 4 * kWeek + from + 20 * kMinute; time += kMinute) {
        some.push_back({time, traffic.at(time) * factor});
      }
      return alarms(*baseline, some, kHold) > 0 ? 1 : 0;
    };
    nights += during(2 * kDay + 180 * kMinute, 6);   // still far below a usual noon
    drops += during(2 * kDay + 780 * kMinute, 0.3);  // still far above a usual night
    spikes += during(2 * kDay + 780 * kMinute, 3);
  }
  const auto name = named("office traffic, for 5 min");
  print(name + "six times as much by night found", 100.0 * nights / kTrials, "%");
  print(name + "a third as much by day found", 100.0 * drops / kTrials, "%");
  print(name + "three times as much by day found", 100.0 * spikes / kTrials, "%");
  print(name + "false alarms", 1.0 * false_alarms / kTrials, "per series and week");
}

}  // namespace

int main(int argc, char** argv) {
  for (const double each : {3.0, 5.0}) {
    sensitivity = each;
    if (argc > 1) measure_scrapes(argv[1]);
    measure_traffic();
  }
  std::printf("]\n");
}
