#include "connections/edges.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace monitron::connections {
namespace {

using Samples = std::span<const promql::Sample>;

double growth(Samples samples) {
  double sum = 0;
  std::optional<double> before;
  for (const auto& sample : samples) {
    if (!std::isfinite(sample.value)) continue;
    if (before) sum += sample.value < *before ? sample.value : sample.value - *before;
    before = sample.value;
  }
  return sum;
}

double seconds_of(Samples samples) {
  return static_cast<double>(samples.back().time_ms - samples.front().time_ms) / 1000;
}

// A value holds until the next.
double integral(Samples samples) {
  double sum = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i - 1].value)) continue;
    sum += samples[i - 1].value * static_cast<double>(samples[i].time_ms - samples[i - 1].time_ms) /
           1000;
  }
  return sum;
}

struct Counter {
  std::string_view metric;
  double Edge::*member;
};
constexpr std::array kCounters = std::to_array<Counter>({
    {"connection_opened_total", &Edge::opened},
    {"connection_closed_total", &Edge::closed},
    {"connection_sent_bytes_total", &Edge::sent_bytes},
    {"connection_received_bytes_total", &Edge::received_bytes},
    {"connection_sent_segments_total", &Edge::sent_segments},
    {"connection_resent_segments_total", &Edge::resent_segments},
    {"connection_busy_seconds_total", &Edge::busy_seconds},
    {"connection_receiver_limited_seconds_total", &Edge::receiver_limited_seconds},
    {"connection_sender_limited_seconds_total", &Edge::sender_limited_seconds},
    {"connection_duration_seconds_sum", &Edge::duration_seconds},
});

promql::Labels without(const promql::Labels& all, const std::set<std::string_view>& names) {
  std::vector<promql::Labels::Pair> kept;
  for (const auto& pair : all.pairs()) {
    if (!names.contains(pair.first)) kept.push_back(pair);
  }
  return promql::Labels(std::move(kept));
}

// What single metrics have besides.
const std::set<std::string_view> kOfMetrics = {
    promql::kMetricName, "cause", "process", "user", "unit", "container"};
const std::set<std::string_view> kOfEdges = {"server_id", "direction", "port", "peer",
                                             "service_type"};

std::optional<double> ratio(double part, double all) {
  return all > 0 ? std::optional(part / all) : std::nullopt;
}

}  // namespace

std::string_view to_string(LimitedBy what) {
  static constexpr std::array<std::string_view, 5> names = {"", "application", "receiver", "sender",
                                                            "network"};
  return names.at(static_cast<std::size_t>(what));
}

double Edge::failures() const {
  double sum = 0;
  for (const auto& [cause, count] : failed) sum += count;
  return sum;
}

double Edge::sent_bytes_per_second() const {
  return ratio(sent_bytes, covered_seconds).value_or(0);
}

double Edge::received_bytes_per_second() const {
  return ratio(received_bytes, covered_seconds).value_or(0);
}

// One that was reset had been opened.
double Edge::attempts() const {
  const auto reset = failed.find("reset");
  const double both = reset == failed.end() ? 0 : std::min(reset->second, opened);
  return opened + failures() - both;
}

std::optional<double> Edge::error_ratio() const { return ratio(failures(), attempts()); }

std::optional<double> Edge::resent_ratio() const { return ratio(resent_segments, sent_segments); }

std::optional<double> Edge::mean_duration_seconds() const {
  return ratio(duration_seconds, closed);
}

LimitedBy Edge::limited_by() const {
  constexpr double kMost = 0.5;
  if (sent_bytes <= 0) return LimitedBy::nothing;
  // The kernel counts in ticks: what is gone within one was no time at all. Short connections are
  // open between rounds alone, so that their durations tell.
  if (busy_seconds <= kMost * std::max(connection_seconds, duration_seconds)) {
    return LimitedBy::application;
  }
  if (receiver_limited_seconds > kMost * busy_seconds) return LimitedBy::receiver;
  if (sender_limited_seconds > kMost * busy_seconds) return LimitedBy::sender;
  return LimitedBy::network;
}

void EdgeReader::see(const promql::Labels& labels, Samples samples) {
  if (samples.empty()) return;
  const auto identity = without(labels, kOfMetrics);
  auto [at, is_new] = gathered_.try_emplace(identity);
  auto& edge = at->second.edge;
  if (is_new) {
    edge.server_id = identity.get("server_id");
    edge.direction = identity.get("direction");
    edge.port = identity.get("port");
    edge.peer = identity.get("peer");
    edge.service_type = identity.get("service_type");
    edge.labels = without(identity, kOfEdges);
  }
  count(at->second, labels, samples);
}

void EdgeReader::count(Gathered& to, const promql::Labels& labels, Samples samples) {
  auto& edge = to.edge;
  const auto metric = labels.get(promql::kMetricName);
  const auto& last = samples.back();
  for (const auto& counter : kCounters) {
    if (metric == counter.metric) edge.*counter.member += growth(samples);
  }
  if (metric == "connection_failed_total") {
    const double count = growth(samples);
    if (count > 0) edge.failed[std::string(labels.get("cause"))] += count;
  } else if (metric == "connection_open") {
    edge.open = last.value;
    edge.last_ms = last.time_ms;
    edge.covered_seconds = seconds_of(samples);
    edge.connection_seconds = integral(samples);
  } else if (metric == "connection_connecting") {
    to.connecting = last;
  } else if (metric == "connection_rtt_seconds") {
    to.rtt = last;
  } else if (metric == "connection_process_open") {
    to.processes.emplace_back(labels.get("process"), last);
  }
}

void EdgeReader::finish(Gathered& one, std::int64_t last_round_ms) const {
  auto& edge = one.edge;
  const bool is_now = edge.last_ms == last_round_ms && last_round_ms >= fresh_from_ms_;
  if (!is_now || !std::isfinite(edge.open)) {
    edge.open = 0;
    return;
  }
  const auto holds = [&](const promql::Sample& sample) {
    return sample.time_ms == last_round_ms && std::isfinite(sample.value);
  };
  if (holds(one.connecting)) edge.connecting = one.connecting.value;
  if (holds(one.rtt)) edge.rtt_seconds = one.rtt.value;
  for (const auto& [process, sample] : one.processes) {
    if (holds(sample) && sample.value > 0) edge.processes[process] += sample.value;
  }
}

std::vector<Edge> EdgeReader::take() {
  for (const auto& [labels, one] : gathered_) {
    auto& last = last_rounds_[one.edge.server_id];
    last = std::max(last, one.edge.last_ms);
  }
  std::vector<Edge> all;
  all.reserve(gathered_.size());
  for (auto& [labels, one] : gathered_) {
    finish(one, last_rounds_[one.edge.server_id]);
    all.push_back(std::move(one.edge));
  }
  gathered_.clear();
  return all;
}

}  // namespace monitron::connections
