#include "comparison.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

namespace monitron::promql {

namespace {

using Json = nlohmann::json;
using Points = std::map<std::int64_t, std::string>;
using Table = std::map<std::string, Points>;

std::string key_of(const Json& metric) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : metric.items()) pairs.emplace_back(name, value);
  return Labels(std::move(pairs)).str();
}

void put(Points& points, const Json& pair) {
  points[std::llround(pair[0].get<double>() * 1000)] = pair[1].get<std::string>();
}

Table table_of(const Json& data) {
  Table table;
  const auto& result = data["result"];
  const std::string type = data["resultType"];
  if (type == "scalar" || type == "string") {
    put(table[type], result);
    return table;
  }
  for (const auto& series : result) {
    auto& points = table[key_of(series["metric"])];
    if (type == "vector") {
      put(points, series["value"]);
      continue;
    }
    for (const auto& pair : series["values"]) put(points, pair);
  }
  return table;
}

Table table_of(const Value& value) {
  Table table;
  if (const auto* scalar = std::get_if<Scalar>(&value)) {
    table["scalar"][scalar->sample.time_ms] = format_value(scalar->sample.value);
  } else if (const auto* text = std::get_if<String>(&value)) {
    table["string"][text->time_ms] = text->value;
  } else if (const auto* vector = std::get_if<Vector>(&value)) {
    for (const auto& element : *vector) {
      table[element.labels.str()][element.sample.time_ms] = format_value(element.sample.value);
    }
  } else {
    for (const auto& series : std::get<Matrix>(value)) {
      for (const auto& sample : series.samples) {
        table[series.labels.str()][sample.time_ms] = format_value(sample.value);
      }
    }
  }
  return table;
}

bool same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const double x = std::strtod(a.c_str(), nullptr);
  const double y = std::strtod(b.c_str(), nullptr);
  if (!std::isfinite(x) || !std::isfinite(y)) return false;
  return std::abs(x - y) <= 1e-9 * std::max({std::abs(x), std::abs(y), 1e-6});
}

std::string difference(const Table& ours, const Table& theirs) {
  for (const auto& [labels, points] : theirs) {
    const auto row = ours.find(labels);
    if (row == ours.end())
      return "we lack " + labels + " at " + std::to_string(points.begin()->first);
    for (const auto& [time, value] : points) {
      const auto at = row->second.find(time);
      const auto our = at == row->second.end() ? "nothing" : at->second;
      if (at == row->second.end() || !same(our, value)) {
        return labels + " at " + std::to_string(time) + ": ours " + our + ", theirs " + value;
      }
    }
    for (const auto& [time, value] : row->second) {
      if (!points.contains(time))
        return labels + " has more: " + std::to_string(time) + " " + value;
    }
  }
  for (const auto& [labels, points] : ours) {
    if (!theirs.contains(labels)) {
      return "we have " + labels + " " + points.begin()->second + " at " +
             std::to_string(points.begin()->first);
    }
  }
  return {};
}

}  // namespace

std::string difference(const Result<Outcome>& ours, const std::string& answer) {
  const auto theirs = Json::parse(answer, nullptr, false);
  if (theirs.is_discarded()) return "no JSON: " + answer;
  const bool good = theirs["status"] == "success";
  if (!good) {
    // Which of several faults is told of depends on the order of evaluation.
    return ours ? "theirs fails: " + theirs.value("error", "") : "";
  }
  if (!ours) return "ours fails: " + ours.error().text;
  return difference(table_of(ours->value), table_of(theirs["data"]));
}

std::string fault_in(const std::string& answer) {
  const auto parsed = Json::parse(answer, nullptr, false);
  return parsed.is_object() ? parsed.value("error", "") : "no JSON: " + answer;
}

}  // namespace monitron::promql
