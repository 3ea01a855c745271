#include "rules/connection_templates.hpp"

namespace monitron::rules {
namespace {

// The expressions below name these; what is put in for them is no parameter of people.
const std::pair<std::string, std::string> kWords[] = {
    {"FAILED", "sum without (cause) (increase(connection_failed_total[5m]))"},
    {"SERVICE", "sum by (instance, server_id, port, service_type) "},
    {"PEER", "sum by (instance, server_id, port, service_type, peer) "},
    {"EDGE",
     "{{ $labels.instance }}: {{ $labels.direction }} connections, "
     "{{ $labels.peer }} port {{ $labels.port }}"},
    {"AT", "{{ $labels.instance }}:{{ $labels.port }} {{ $labels.service_type }} "}};

std::string spelt(std::string text) {
  for (const auto& [word, meaning] : kWords) {
    const auto place = "<" + word + ">";
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
      text.replace(at, place.size(), meaning);
    }
  }
  return text;
}

// Preset: what is private (RFC 1918, RFC 4193) or of this host and its links.
TemplateParameter allowed() {
  return {.name = "allowed",
          .title = "Allowed addresses and networks",
          .addresses =
              "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 127.0.0.0/8, 169.254.0.0/16, "
              "fc00::/7, fe80::/10, ::1"};
}
TemplateParameter port() { return {"port", "Port of the service", "", 5432, 1, 65'535}; }

std::vector<RuleTemplate> of_failures() {
  return {
      {.id = "connection_failures",
       .name = "Connections of a service fail",
       .summary =
           "Of the connections to or from one peer more have failed than the limit: refused, "
           "not answered, or cut off",
       .kind = "promql",
       .expr = "<FAILED> / (<FAILED> + increase(connection_opened_total[5m])) > ${limit} "
               "and <FAILED> >= ${least}",
       .annotations = {{"summary", std::string("<EDGE>: failed ") + kPercent}},
       .parameters = {percent("limit", "Failed more than", 5),
                      {"least", "And at least, in 5 minutes", "", 5, 1, 1e6}}},
      {.id = "connection_retries",
       .name = "A service is tried again and again",
       .summary = "Connections to a peer are tried again and again, and none is made",
       .kind = "promql",
       .expr = "<FAILED> > ${limit} unless increase(connection_opened_total[5m]) > 0",
       .annotations = {{"summary",
                        "<EDGE>: {{ $value | humanize }} attempts in 5 minutes, none "
                        "of which came to something"},
                       {"description",
                        "Is the service up, and its address right? Who tries should wait longer "
                        "each time."}},
       .parameters = {{"limit", "In 5 minutes, attempts above", "", 10, 1, 1e6}}},
      {.id = "service_gone",
       .name = "Nobody listens any more",
       .summary = "Where a service listened for a while nobody does any more",
       .kind = "promql",
       .severity = "critical",
       .expr = "connection_listener_up == 0",
       .annotations = {{"summary", "<AT>is down: nobody listens at {{ $labels.address }}"}}},
      {.id = "backlog_full",
       .name = "Connections wait to be accepted",
       .summary = "Many connections wait for the service to accept them: soon they are dropped",
       .kind = "promql",
       .expr = "connection_listener_waiting / connection_listener_waiting_limit > ${limit}",
       .annotations = {{"summary", std::string("<AT>accepts too slowly: waiting ") + kPercent},
                       {"description",
                        "The service is busy or stuck. A larger backlog (listen(), "
                        "net.core.somaxconn) helps against short bursts alone."}},
       .parameters = {percent("limit", "Of those that may wait, more than", 80)}}};
}

std::vector<RuleTemplate> of_numbers() {
  return {
      {.id = "connection_spike",
       .name = "Connections to a service soar",
       .summary = "A service gets many more connections than on the mean of the hour before",
       .kind = "promql",
       .expr = "<SERVICE>(rate(connection_opened_total{direction=\"inbound\"}[5m])) > ${times} * "
               "<SERVICE>(rate(connection_opened_total{direction=\"inbound\"}[1h] offset 5m)) "
               "and <SERVICE>(rate(connection_opened_total{direction=\"inbound\"}[5m])) > ${least} "
               "and <SERVICE>(connection_opened_total{direction=\"inbound\"} offset 65m)",
       .interval_seconds = 60,
       .annotations = {{"summary", "<AT>gets {{ $value | humanize }} connections a second"}},
       .parameters = {{"times", "Times the mean of the hour before", "", 5, 1, 1000},
                      {"least", "And more than", "1/s", 1, 0, 1e6}}},
      {.id = "connection_drop",
       .name = "Connections to a service are gone",
       .summary = "A service has far fewer connections open than on the mean of the hour before",
       .kind = "promql",
       .expr = "<SERVICE>(connection_open{direction=\"inbound\"}) < ${share} * "
               "<SERVICE>(avg_over_time(connection_open{direction=\"inbound\"}[1h] offset 5m)) "
               "and <SERVICE>(avg_over_time(connection_open{direction=\"inbound\"}[1h] offset 5m)) "
               ">= ${least}",
       .interval_seconds = 60,
       .annotations = {{"summary", "<AT>has {{ $value }} connections open, fewer than usual"}},
       .parameters = {percent("share", "Of the mean, less than", 10),
                      {"least", "Where the mean was at least", "", 5, 1, 1e6}}},
      {.id = "connection_churn",
       .name = "Connections are made for a moment each",
       .summary = "Many short connections to one peer: making them may cost more than using them",
       .kind = "promql",
       .severity = "info",
       .expr = "rate(connection_closed_total{direction=\"outbound\"}[5m]) > ${limit} and "
               "rate(connection_duration_seconds_sum{direction=\"outbound\"}[5m]) / "
               "rate(connection_duration_seconds_count{direction=\"outbound\"}[5m]) < ${seconds}",
       .for_seconds = 600,
       .annotations = {{"summary",
                        "<EDGE>: {{ $value | humanize }} a second end, each after a "
                        "short time"},
                       {"description",
                        "Keep connections open and use them again: a pool, or keep-alive."}},
       .parameters = {{"limit", "In a second, more than", "", 10, 0.01, 1e6},
                      {"seconds", "Each shorter than", "s", 1, 0.001, 3600}}}};
}

std::vector<RuleTemplate> of_speed() {
  return {
      {.id = "connection_slow",
       .name = "Round trips take long",
       .summary = "TCP measures a longer round trip time to a peer than the limit",
       .kind = "threshold",
       .expr = "connection_rtt_seconds > ${limit}",
       .for_seconds = 300,
       .annotations = {{"summary", "<EDGE>: {{ $value | humanizeDuration }} there and back"}},
       .parameters = {{"limit", "Longer than", "ms", 250, 1, 60'000, 1, 1000}}},
      {.id = "connection_loss",
       .name = "Much is sent again",
       .summary = "Of what is sent to a peer much is lost on the way and sent again",
       .kind = "promql",
       .expr = "rate(connection_resent_segments_total[5m]) / "
               "rate(connection_sent_segments_total[5m]) > ${limit} "
               "and rate(connection_sent_segments_total[5m]) > 1",
       .for_seconds = 300,
       .annotations = {{"summary", std::string("<EDGE>: sent again ") + kPercent}},
       .parameters = {percent("limit", "Sent again, more than", 2)}},
      {.id = "receiver_limited",
       .name = "A receiver is too slow",
       .summary = "For much of the time sending waits for the receiver to take what it has",
       .kind = "promql",
       .expr = "rate(connection_receiver_limited_seconds_total[5m]) / "
               "rate(connection_busy_seconds_total[5m]) > ${limit} "
               "and rate(connection_busy_seconds_total[5m]) > 0.2",
       .for_seconds = 600,
       .annotations = {{"summary", std::string("<EDGE>: waiting for the receiver ") + kPercent},
                       {"description",
                        "The peer reads too slowly, or its buffer is too small for the round trip "
                        "time (SO_RCVBUF, net.ipv4.tcp_rmem)."}},
       .parameters = {percent("limit", "Of the time, more than", 50)}}};
}

std::vector<RuleTemplate> of_strangers() {
  return {
      {.id = "new_peer",
       .name = "Somebody new speaks with a service",
       .summary = "A service that is not for everybody was connected to by an address that was not "
                  "seen for a week",
       .kind = "promql",
       .expr = "<PEER>(increase(connection_opened_total{direction=\"inbound\",port=\"${port}\"}"
               "[10m])) > 0 unless <PEER>(last_over_time(connection_opened_total"
               "{direction=\"inbound\",port=\"${port}\"}[7d] offset 10m))",
       .keep_firing_for_seconds = 3600,
       .annotations = {{"summary", "<AT>is spoken to by {{ $labels.peer }}, which is new"}},
       .parameters = {port()}},
      {.id = "unauthorised_peer",
       .name = "Somebody who may not speaks with a service",
       .summary = "A service was connected to by an address that is not among those allowed",
       .kind = "promql",
       .severity = "critical",
       .expr = "<PEER>(increase(connection_opened_total{direction=\"inbound\",port=\"${port}\"}"
               "[5m])) > 0 unless label_ip(<PEER>(connection_open{direction=\"inbound\","
               "port=\"${port}\"}), \"peer\", ${allowed})",
       .keep_firing_for_seconds = 3600,
       .annotations = {{"summary", "<AT>is spoken to by {{ $labels.peer }}, which may not"}},
       .parameters = {port(), allowed()}},
      {.id = "off_hours",
       .name = "Connections outside of hours",
       .summary = "A service was connected to at a time of day at which nobody should",
       .kind = "promql",
       .expr = "<PEER>(increase(connection_opened_total{direction=\"inbound\",port=\"${port}\"}"
               "[5m])) > 0 and on () (hour() < ${from} or hour() >= ${to})",
       .annotations = {{"summary", "<AT>is spoken to by {{ $labels.peer }} outside of hours"}},
       .parameters = {port(),
                      {"from", "Hours begin (UTC)", "h", 6, 0, 24},
                      {"to", "Hours end (UTC)", "h", 20, 0, 24}}},
      {.id = "port_scan",
       .name = "Ports are scanned",
       .summary = "One address speaks with many ports of a host within a minute, or the host with "
                  "many ports of one",
       .kind = "promql",
       .severity = "critical",
       .expr = "count by (instance, server_id, peer, direction) ("
               "sum by (instance, server_id, peer, direction, port) "
               "(increase(connection_opened_total[1m])) > 0 or "
               "sum by (instance, server_id, peer, direction, port) "
               "(increase(connection_failed_total[1m])) > 0) > ${limit}",
       .keep_firing_for_seconds = 600,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: {{ $value }} ports within a minute, "
                        "{{ $labels.direction }}, {{ $labels.peer }}"}},
       .parameters = {{"limit", "Ports within a minute, more than", "", 10, 1, 500}}},
      {.id = "closed_ports",
       .name = "Closed ports are tried",
       .summary = "A host refuses many connections, to ports at which nobody listens: somebody "
                  "looks for open ones, or a service is gone",
       .kind = "promql",
       .expr = "rate(node_netstat_Tcp_OutRsts[1m]) > ${limit}",
       .annotations = {{"summary",
                        "{{ $labels.instance }} refuses {{ $value | humanize }} "
                        "connections a second"}},
       .parameters = {{"limit", "In a second, more than", "", 10, 0.01, 1e6}}}};
}

}  // namespace

std::vector<RuleTemplate> connection_templates() {
  std::vector<RuleTemplate> all;
  for (auto part : {of_failures(), of_numbers(), of_speed(), of_strangers()}) {
    for (auto& one : part) {
      one.expr = spelt(one.expr);
      for (auto& [name, text] : one.annotations) text = spelt(text);
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace monitron::rules
