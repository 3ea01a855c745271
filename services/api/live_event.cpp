#include "api/live_event.hpp"

#include "api/answer.hpp"
#include "api/metric_value.hpp"
#include "domain/metric_types.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kMaxDictionaries = 512;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

LiveSeries prepare(const std::string& source, const contracts::Series& series) {
  std::string type;
  std::string name = series.name;
  domain::LabelSet labels;
  for (const auto& [key, value] : series.labels) {
    if (key == contracts::kMetricTypeLabel) {
      type = value;
    } else if (key == contracts::kMetricNameLabel) {
      name = value;
    } else {
      labels[key] = value;
    }
  }
  if (type.empty()) type = domain::metric_type_of(series.name);
  const Json head = {{"type", "metric"},
                     {"server_id", source},
                     {"metric_type", type},
                     {"metric_name", name},
                     {"labels", labels}};
  auto text = dump(head);
  text.back() = ',';
  return {type, name, std::move(labels), text + "\"value\":"};
}

}  // namespace

std::shared_ptr<const std::vector<LiveSeries>> SeriesCache::series_of(
    const std::string& source, const contracts::PackedDictionary& dictionary) {
  Key key = source;
  key.append(reinterpret_cast<const char*>(dictionary.hash.data()), dictionary.hash.size());
  if (const auto found = known_.find(key); found != known_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second.place);
    return found->second.series;
  }
  const auto unpacked = contracts::unpack_dictionary(dictionary);
  if (!unpacked) return nullptr;
  auto prepared = std::make_shared<std::vector<LiveSeries>>();
  for (const auto& series : *unpacked) prepared->push_back(prepare(source, series));
  if (known_.size() >= kMaxDictionaries) {
    known_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(key);
  known_[key] = {prepared, recent_.begin()};
  return prepared;
}

std::string metric_event(const LiveSeries& series, double value, std::int64_t time_ms) {
  return series.head + dump(metric_value(value)) + ",\"timestamp\":\"" +
         to_rfc3339(from_ms(time_ms)) + "\"}";
}

}  // namespace monitron::api
