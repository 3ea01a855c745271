#include "connections/findings.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace monitron::connections {
namespace {

using Severity = Finding::Severity;

// Below these nobody need look.
constexpr double kFailing = 0.05, kFailuresAtLeast = 5;
constexpr double kShortSeconds = 1, kEndsPerSecond = 1, kEndsAtLeast = 60;
constexpr double kLossy = 0.02, kSegmentsAtLeast = 100;
constexpr double kSlowSeconds = 0.25;
constexpr double kBusyShare = 0.2;  // of the time
constexpr double kBacklogFull = 0.8;

std::string percent(double ratio) {
  char text[32];
  std::snprintf(text, sizeof text, ratio < 0.1 ? "%.1f %%" : "%.0f %%", ratio * 100);
  return text;
}

std::string duration(double seconds) {
  char text[32];
  if (seconds < 1) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  }
  return text;
}

std::string whole(double count) { return std::to_string(std::llround(count)); }

std::string_view advice_on(std::string_view cause) {
  if (cause == "refused") {
    return "Nobody listens at that port, or a firewall says no. Is the service up, and the port "
           "right?";
  }
  if (cause == "timed_out") {
    return "Nothing answers: the host is down, or something on the way drops packets. Look at "
           "firewalls and routes.";
  }
  if (cause == "unreachable") {
    return "There is no way to it, or who tries gives up within a second. Is the address right?";
  }
  return "The peer cuts connections off. Look at its log, at its time limits for idle connections "
         "and at how many connections it allows.";
}

Finding about(const Edge& edge, const char* kind, Severity severity, double value) {
  return {.kind = kind,
          .severity = severity,
          .server_id = edge.server_id,
          .hostname = std::string(edge.labels.get("instance")),
          .direction = edge.direction,
          .peer = edge.peer,
          .port = edge.port,
          .service_type = edge.service_type,
          .value = value};
}

Finding about(const Listener& one, const char* kind, Severity severity, double value) {
  return {.kind = kind,
          .severity = severity,
          .server_id = one.server_id,
          .hostname = one.hostname,
          .address = one.address,
          .port = one.port,
          .service_type = one.service_type,
          .value = value};
}

void look_at_failures(const Edge& edge, std::vector<Finding>& found) {
  const auto ratio = edge.error_ratio().value_or(0);
  if (ratio <= kFailing || edge.failures() < kFailuresAtLeast) return;
  auto finding = about(edge, "failing", Severity::warning, ratio);
  if (edge.failures() == edge.attempts()) finding.severity = Severity::critical;
  finding.summary = whole(edge.failures()) + " of " + whole(edge.attempts()) + " attempts failed: ";
  const auto* most = &*edge.failed.begin();
  for (const auto& cause : edge.failed) {
    if (&cause != &*edge.failed.begin()) finding.summary += ", ";
    finding.summary += whole(cause.second) + " " + cause.first;
    if (cause.second > most->second) most = &cause;
  }
  finding.advice = advice_on(most->first);
  found.push_back(std::move(finding));
}

void look_at_churn(const Edge& edge, std::vector<Finding>& found) {
  const auto mean = edge.mean_duration_seconds();
  if (edge.direction != "outbound" || !mean || *mean >= kShortSeconds ||
      edge.closed < kEndsAtLeast || edge.closed < kEndsPerSecond * edge.covered_seconds) {
    return;
  }
  auto finding = about(edge, "churn", Severity::info, edge.closed / edge.covered_seconds);
  finding.summary = whole(edge.closed / edge.covered_seconds) +
                    " connections a second end, each after " + duration(*mean);
  finding.advice =
      "Making a connection may cost more than its use: keep connections open and use them again (a "
      "pool, keep-alive).";
  found.push_back(std::move(finding));
}

void look_at_the_way(const Edge& edge, std::vector<Finding>& found) {
  const auto lost = edge.resent_ratio().value_or(0);
  if (lost > kLossy && edge.sent_segments >= kSegmentsAtLeast) {
    auto finding = about(edge, "lossy", Severity::warning, lost);
    finding.summary = percent(lost) + " of the segments are sent again";
    finding.advice =
        "Packets are lost on the way: look at errors and drops of network devices, at full links "
        "and at policers.";
    found.push_back(std::move(finding));
  }
  if (edge.rtt_seconds.value_or(0) > kSlowSeconds) {
    auto finding = about(edge, "slow", Severity::info, *edge.rtt_seconds);
    finding.summary = "a round trip takes " + duration(*edge.rtt_seconds);
    finding.advice =
        "If it is far away, fewer round trips help (pipelining, larger requests, a cache nearby); "
        "if "
        "not, a queue on the way is full.";
    found.push_back(std::move(finding));
  }
}

void look_at_limits(const Edge& edge, std::vector<Finding>& found) {
  if (edge.busy_seconds < kBusyShare * edge.covered_seconds) return;
  const auto limit = edge.limited_by();
  const auto share = [&](double seconds) { return seconds / edge.busy_seconds; };
  if (limit == LimitedBy::receiver) {
    auto finding =
        about(edge, "receiver_limited", Severity::info, share(edge.receiver_limited_seconds));
    finding.summary = "sending waits for the receiver " + percent(finding.value) + " of the time";
    finding.advice =
        "The peer reads too slowly, or its buffer is too small for the round trip time: SO_RCVBUF, "
        "net.ipv4.tcp_rmem.";
    found.push_back(std::move(finding));
  }
  if (limit == LimitedBy::sender) {
    auto finding =
        about(edge, "sender_limited", Severity::info, share(edge.sender_limited_seconds));
    finding.summary = "sending waits for its own buffer " + percent(finding.value) + " of the time";
    finding.advice =
        "The buffer is too small for the round trip time: SO_SNDBUF, net.ipv4.tcp_wmem.";
    found.push_back(std::move(finding));
  }
}

void look_at(const Listener& one, std::vector<Finding>& found) {
  if (!one.up) {
    auto finding = about(one, "service_gone", Severity::critical, 0);
    finding.summary = "nobody listens any more";
    finding.advice = "The service has ended, or listens elsewhere. Look at its log.";
    found.push_back(std::move(finding));
  } else if (one.most_waiting > 0 && one.waiting > kBacklogFull * one.most_waiting) {
    auto finding = about(one, "backlog_full", Severity::warning, one.waiting / one.most_waiting);
    finding.summary = whole(one.waiting) + " connections wait to be accepted, of " +
                      whole(one.most_waiting) + " that may";
    finding.advice =
        "The service is busy or stuck. A larger backlog (listen(), net.core.somaxconn) helps "
        "against short bursts alone.";
    found.push_back(std::move(finding));
  }
}

}  // namespace

std::string_view to_string(Severity severity) {
  return severity == Severity::info      ? "info"
         : severity == Severity::warning ? "warning"
                                         : "critical";
}

std::vector<Finding> findings_of(const std::vector<Edge>& edges,
                                 const std::vector<Listener>& listeners) {
  std::vector<Finding> found;
  for (const auto& edge : edges) {
    look_at_failures(edge, found);
    look_at_churn(edge, found);
    look_at_the_way(edge, found);
    look_at_limits(edge, found);
  }
  for (const auto& one : listeners) look_at(one, found);
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return found;
}

}  // namespace monitron::connections
