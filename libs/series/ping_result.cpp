#include "series/ping_result.hpp"

#include "base/text.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxPackets = 1000;

// To the nanosecond, so that no digits of binary fractions show.
double milliseconds(double seconds) { return std::round(seconds * 1e9) / 1e6; }

double percent(double part, double whole) { return std::round(part / whole * 1e8) / 1e6; }

Json latency(const Json& values, const char* stat) {
  const auto found = values.find("probe_icmp_rtt_seconds{stat=\"" + std::string(stat) + "\"}");
  return found == values.end() ? Json(nullptr) : Json(milliseconds(found->get<double>()));
}

Json round_trips(const Packets& packets, int sent) {
  Json list = Json::array();
  for (int number = 1; number <= std::min(sent, kMaxPackets); ++number) {
    const auto packet = packets.find(number);
    list.push_back(packet == packets.end() ? Json(nullptr) : Json(milliseconds(packet->second)));
  }
  return list;
}

}  // namespace

void note_packet(Packets& packets, const std::string& number, double seconds) {
  const auto place = parse_number<int>(number);
  if (place && *place >= 1 && *place <= kMaxPackets) packets[*place] = seconds;
}

void add_ping(Json& result, const PingedHost& host, const Packets& packets) {
  const auto& values = result["values"];
  const auto count = [&](const char* name, int otherwise) {
    const auto found = values.find(name);
    return found == values.end() ? otherwise : static_cast<int>(found->get<double>());
  };
  const bool ran = result["status"] != "unknown";
  const int sent = count("probe_icmp_packets_sent", ran ? host.packets : 0);
  const int received = count("probe_icmp_packets_received", 0);
  const auto known = [&](const Json& value) { return sent > 0 ? value : Json(nullptr); };
  Json ping = {{"host_name", host.name},
               {"host_address", host.address},
               {"timestamp", result["scheduled_at"]},
               {"success_count", known(received)},
               {"failure_count", known(sent - received)},
               {"success_rate", known(sent > 0 ? percent(received, sent) : 0)},
               {"min_latency", latency(values, "min")},
               {"max_latency", latency(values, "max")},
               {"avg_latency", latency(values, "avg")},
               {"median_latency", latency(values, "median")},
               {"jitter", latency(values, "jitter")},
               {"loss_rate", known(sent > 0 ? percent(sent - received, sent) : 0)},
               {"rtts", round_trips(packets, sent)}};
  result.update(ping);
}

}  // namespace monitron::series
