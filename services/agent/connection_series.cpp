#include "agent/connection_series.hpp"

#include "host/service_type.hpp"

#include <algorithm>

namespace monitron::agent {
namespace {

double seconds_of(std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

const char* name_of(host::TcpState state) {
  switch (state) {
    case host::TcpState::established:
      return "established";
    case host::TcpState::syn_sent:
      return "syn_sent";
    case host::TcpState::syn_received:
      return "syn_recv";
    case host::TcpState::fin_wait_1:
      return "fin_wait1";
    case host::TcpState::fin_wait_2:
      return "fin_wait2";
    case host::TcpState::time_wait:
      return "time_wait";
    case host::TcpState::closed:
      return "close";
    case host::TcpState::close_wait:
      return "close_wait";
    case host::TcpState::last_ack:
      return "last_ack";
    case host::TcpState::listening:
      return "listen";
    case host::TcpState::closing:
      return "closing";
  }
  return "unknown";
}

// With them and all edges there may be, a round stays below the 20,000 series of a dictionary.
constexpr std::size_t kMostListeners = 500;
constexpr std::size_t kMostProcesses = 2000;

Labels labels_of(const host::EdgeKey& key, const host::Edge& edge) {
  const bool inbound = key.direction == host::Direction::inbound;
  Labels labels{{"direction", inbound ? "inbound" : "outbound"},
                {"peer", host::peer_of(key)},
                {"port", key.port == 0 ? "*" : std::to_string(key.port)}};
  if (!edge.service_type.empty()) labels.emplace("service_type", edge.service_type);
  return labels;
}

void add_owner(const host::Owner& owner, Labels& labels) {
  const std::pair<const char*, const std::string*> named[] = {{"process", &owner.process},
                                                              {"user", &owner.user},
                                                              {"container", &owner.container},
                                                              {"unit", &owner.unit}};
  for (const auto& [name, value] : named) {
    if (!value->empty()) labels.emplace(name, *value);
  }
}

Labels with(Labels labels, const char* name, std::string value) {
  labels.emplace(name, std::move(value));
  return labels;
}

std::string text_of(double bound) {
  auto text = std::to_string(bound);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void add_durations(const host::EdgeCounts& counts, const Labels& labels, Measurements& out) {
  if (counts.closed == 0) return;
  static const std::string family = "connection_duration_seconds";
  static const std::string bucket = family + "_bucket", all = family + "_sum",
                           number = family + "_count";
  double sum = 0;
  for (std::size_t i = 0; i < counts.durations.size(); ++i) {
    sum += static_cast<double>(counts.durations[i]);
    const bool last = i == host::kDurationBounds.size();
    out.add(bucket.c_str(), sum,
            with(labels, "le", last ? "+Inf" : text_of(host::kDurationBounds[i])));
  }
  out.add(all.c_str(), counts.duration_seconds, labels);
  out.add(number.c_str(), sum, labels);
}

// Which processes have the connections that are open, of those that are known: so many as are still
// to be told. Returns how many were.
std::size_t add_processes(const host::Edge& edge, const Labels& labels, std::size_t most,
                          Measurements& out) {
  const auto told = std::min(most, edge.open_by.size());
  std::size_t left = told;
  for (const auto& [owner, open] : edge.open_by) {
    if (left-- == 0) break;
    auto whose = labels;
    add_owner(*owner, whose);
    out.add("connection_process_open", static_cast<double>(open), whose);
  }
  return told;
}

void add_listener(const host::Listener& one, Measurements& out) {
  Labels labels{{"address", host::to_string(one.at.ip)}, {"port", std::to_string(one.at.port)}};
  const std::string_view process = one.owner == nullptr ? "" : std::string_view(one.owner->process);
  if (const auto type = host::service_type_of(one.at.port, process); !type.empty()) {
    labels.emplace("service_type", type);
  }
  out.add("connection_listener_up", one.up ? 1 : 0, labels);
  if (!one.up) return;
  out.add("connection_listener_waiting", static_cast<double>(one.waiting), labels);
  out.add("connection_listener_waiting_limit", static_cast<double>(one.most_waiting), labels);
  if (one.owner == nullptr) return;
  add_owner(*one.owner, labels);
  out.add("connection_listener_process_info", 1, labels);
}

void add_edge(const host::Edge& edge, const Labels& labels, Measurements& out) {
  const auto& counts = edge.counts;
  const auto add = [&](const char* name, auto value) {
    out.add(name, static_cast<double>(value), labels);
  };
  add("connection_open", edge.open);
  add("connection_connecting", edge.connecting);
  add("connection_opened_total", counts.opened);
  add("connection_closed_total", counts.closed);
  for (std::size_t i = 0; i < counts.failed.size(); ++i) {
    out.add("connection_failed_total", static_cast<double>(counts.failed[i]),
            with(labels, "cause", host::kFailures[i]));
  }
  add("connection_sent_bytes_total", counts.bytes_sent);
  add("connection_received_bytes_total", counts.bytes_received);
  add("connection_sent_segments_total", counts.segments_sent);
  add("connection_resent_segments_total", counts.segments_resent);
  add("connection_busy_seconds_total", seconds_of(counts.busy_us));
  add("connection_receiver_limited_seconds_total", seconds_of(counts.receiver_limited_us));
  add("connection_sender_limited_seconds_total", seconds_of(counts.sender_limited_us));
  if (edge.rtt_seconds > 0) add("connection_rtt_seconds", edge.rtt_seconds);
  add_durations(counts, labels, out);
}

void add_states(const host::ConnectionRound& round, Measurements& out) {
  std::map<std::string, double> states;  // each, lest one that is over seems to go on
  for (auto state = host::TcpState::established; state <= host::TcpState::closing;
       state = static_cast<host::TcpState>(static_cast<int>(state) + 1)) {
    states.emplace(name_of(state), 0);
  }
  for (const auto& [state, sockets] : round.states) {
    states[name_of(state)] += static_cast<double>(sockets);
  }
  for (const auto& [state, sockets] : states) {
    out.add("connection_sockets", sockets, {{"state", state}});
  }
}

}  // namespace

void add_connections(const host::ConnectionRound& round, Measurements& out) {
  add_states(round, out);
  const auto listeners = std::min(round.listeners.size(), kMostListeners);
  for (std::size_t i = 0; i < listeners; ++i) add_listener(round.listeners[i], out);
  std::size_t processes = 0, processes_told = 0;
  for (const auto& [key, edge] : round.edges) {
    const auto labels = labels_of(key, edge);
    add_edge(edge, labels, out);
    processes += edge.open_by.size();
    processes_told += add_processes(edge, labels, kMostProcesses - processes_told, out);
  }
  out.add("monitron_agent_connections_left_out",
          static_cast<double>(round.listeners.size() - listeners), {{"kind", "listener"}});
  out.add("monitron_agent_connections_left_out", static_cast<double>(processes - processes_told),
          {{"kind", "process"}});
  out.add("monitron_agent_connections_lost_total", static_cast<double>(round.lost));
  out.add("monitron_agent_connections_without_process", static_cast<double>(round.without_owner));
  out.add("monitron_agent_connections_unlogged_total", static_cast<double>(round.unlogged));
}

std::vector<contracts::ConnectionRecord> records_of(
    const std::vector<host::LoggedConnection>& log) {
  std::vector<contracts::ConnectionRecord> records;
  records.reserve(log.size());
  static const host::Owner kNobody;
  for (const auto& one : log) {
    const auto& owner = one.owner == nullptr ? kNobody : *one.owner;
    const char* outcome = !one.ended ? ""
                          : !one.failure
                              ? "closed"
                              : host::kFailures.at(static_cast<std::size_t>(*one.failure));
    records.push_back({.cookie = one.cookie,
                       .opened_ms = to_ms(one.opened),
                       .ended_ms = one.ended ? to_ms(*one.ended) : 0,
                       .inbound = one.direction == host::Direction::inbound,
                       .local_ip = host::to_string(one.local.ip),
                       .local_port = one.local.port,
                       .remote_ip = host::to_string(one.remote.ip),
                       .remote_port = one.remote.port,
                       .outcome = outcome,
                       .process = owner.process,
                       .user = owner.user,
                       .container = owner.container,
                       .unit = owner.unit,
                       .sent_bytes = one.bytes_sent,
                       .received_bytes = one.bytes_received});
  }
  return records;
}

}  // namespace monitron::agent
