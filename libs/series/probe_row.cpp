#include "series/probe_row.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

using Samples = std::vector<domain::ProbeValue>;

constexpr int kMaxPackets = 1000;

int packets_sent(const Samples& samples) {
  const auto sent = std::find_if(samples.begin(), samples.end(), [](const auto& sample) {
    return sample.name == domain::kPacketsSent;
  });
  if (sent == samples.end() || !(sent->value >= 0)) return 0;
  return static_cast<int>(std::min<double>(sent->value, kMaxPackets));
}

const std::string* number_of(const domain::ProbeValue& packet) {
  for (const auto& [name, text] : packet.labels) {
    if (name == "seq") return &text;
  }
  return nullptr;
}

// Packets come last, the lost ones too.
void complete_packets(Samples& samples) {
  const auto packets = std::stable_partition(
      samples.begin(), samples.end(), [](const auto& s) { return s.name != domain::kPacketRtt; });
  if (packets == samples.end()) return;
  auto lost = *packets;
  lost.value = contracts::kAbsent;
  std::map<std::string, domain::ProbeValue> answered;
  for (auto packet = packets; packet != samples.end(); ++packet) {
    if (const auto* number = number_of(*packet)) answered[*number] = std::move(*packet);
  }
  samples.erase(packets, samples.end());
  for (int number = 1; number <= packets_sent(samples); ++number) {
    const auto text = std::to_string(number);
    const auto found = answered.find(text);
    samples.push_back(found == answered.end() ? lost : std::move(found->second));
    for (auto& [name, value] : samples.back().labels) {
      if (name == "seq") value = text;
    }
  }
}

}  // namespace

std::size_t ProbeRow::present() const {
  const auto absent = std::count_if(values.begin(), values.end(), contracts::is_absent);
  return values.size() - static_cast<std::size_t>(absent);
}

ProbeRow probe_row(const domain::CheckResult& result) {
  ProbeRow row;
  std::string text;
  auto samples = domain::samples_of(result);
  complete_packets(samples);
  for (auto& sample : samples) {
    text += sample.name + '\0';
    for (const auto& [name, value] : sample.labels) {
      text.append(name).append(1, '\0').append(value).append(1, '\0');
    }
    text += '\1';
    row.values.push_back(sample.value);
    row.series.push_back({std::move(sample.name), std::move(sample.labels)});
  }
  row.wish = {result.check_id.value, "probe" + sha256(text).substr(0, 16)};
  return row;
}

}  // namespace monitron::series
