// The results of a check, from its samples and its events.

#include "domain/check.hpp"
#include "series/reader.hpp"
#include "series/stored_tx.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace monitron::series {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01; nothing later is stored

// What is a value's name: name{label="text",…}.
std::string full_name(const std::string& name, const Json& labels) {
  std::string full = name;
  char mark = '{';
  for (const auto& [label, text] : labels.items()) {
    full.append(1, mark).append(label).append("=").append(text.dump());
    mark = ',';
  }
  if (mark == ',') full += '}';
  return full;
}

// A series of the check, and where its samples stand in a result: status, duration and phases have
// members of their own; the rest are the probe's own values.
struct Part {
  std::string name{};
  Json labels = Json::object();
};

struct Found {
  domain::CheckStatus status = domain::CheckStatus::unknown;
  Json phases = Json::object();
  Json values = Json::object();
  Json duration = nullptr;
};

void add(Found& result, const Part& part, double value) {
  if (!std::isfinite(value)) return;
  if (part.name == "probe_success") {
    result.status = value == 1 ? domain::CheckStatus::up : domain::CheckStatus::down;
  } else if (part.name == "probe_duration_seconds") {
    result.duration = value;
  } else if (part.name == "probe_phase_seconds") {
    result.phases[part.labels.value("phase", "")] = value;
  } else {
    result.values[full_name(part.name, part.labels)] = value;
  }
}

std::map<std::int32_t, Part> parts_of(pqxx::work& tx, const SourceSeries& series) {
  std::map<std::int32_t, Part> parts;
  for (const auto& row :
       tx.exec_params("SELECT id, name, labels FROM series WHERE source_id = $1", series.source)) {
    auto labels = Json::parse(row[2].c_str(), nullptr, false);
    if (!labels.is_object()) labels = Json::object();
    parts[row[0].as<std::int32_t>()] = {row[1].c_str(), std::move(labels)};
  }
  return parts;
}

using ByTime = std::map<std::int64_t, Found, std::greater<>>;

// Newest first, more than `limit` if there are more. In pieces of time, as read_samples does it.
ByTime newest_results(pqxx::work& tx, const SourceSeries& series, StoredRange left,
                      std::size_t limit) {
  const auto parts = parts_of(tx, series);
  ByTime found;
  auto wanted = (limit + 1) * series.series.size();
  while (found.size() <= limit && left.from_ms <= left.to_ms) {
    const auto from = newest_from(tx, series, left, wanted);
    auto runs = read_runs(tx, series, {from, left.to_ms});
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto run = decode_run(runs, i);
      const auto part = parts.find(run.series);
      if (part == parts.end()) continue;
      for (std::size_t at = 0; at < run.values.size(); ++at) {
        add(found[run.times_ms[at]], part->second, run.values[at]);
      }
    }
    left.to_ms = from - 1;
    wanted *= 4;
  }
  return found;
}

// A warning is told when it begins and goes on until the next event.
struct Told {
  bool own = false;
  std::string reason{};
};
std::map<std::int64_t, Told> told(pqxx::work& tx, const Uuid& check,
                                  const std::vector<std::int64_t>& times) {
  std::string list;
  for (const auto time : times) list += (list.empty() ? "" : ",") + std::to_string(time);
  std::map<std::int64_t, Told> found;
  for (const auto& row : tx.exec_params(
           "SELECT t.ms, e.at = t.at AS own, CASE WHEN e.at = t.at "
           "OR e.detail->>'outcome' = 'warning' THEN e.reason ELSE '' END AS reason "
           "FROM (SELECT ms, to_timestamp(ms / 1000.0) AS at "
           "FROM unnest(string_to_array($2, ',')::bigint[]) AS ms) AS t CROSS JOIN LATERAL "
           "(SELECT at, detail, reason FROM check_events WHERE check_id = $1 AND at <= t.at "
           "ORDER BY at DESC, id DESC LIMIT 1) AS e",
           check.str(), list)) {
    found[row["ms"].as<std::int64_t>()] = {row["own"].as<bool>(), row["reason"].c_str()};
  }
  return found;
}

Json result_of(const Uuid& check, std::int64_t time_ms, const Found& found, const Told& told) {
  const bool applies = told.own || found.status == domain::CheckStatus::up;
  return {{"check_id", check.str()},
          {"scheduled_at", to_rfc3339(from_ms(time_ms))},
          {"status", domain::to_string(found.status)},
          {"duration_seconds", found.duration},
          {"reason", applies ? told.reason : ""},
          {"phases", found.phases},
          {"values", found.values}};
}

}  // namespace

ResultPage read_results(pqxx::work& tx, const ResultQuery& query) {
  ResultPage page;
  const auto series = find_series(tx, query.check, {});
  if (!series) return page;
  StoredRange range{query.from ? std::max<std::int64_t>(to_ms(*query.from), 0) : 0,
                    query.to ? std::min(to_ms(*query.to) - 1, kEndMs) : kEndMs};
  if (query.after) range.to_ms = std::min(range.to_ms, query.after->time_ms - 1);
  const auto limit = static_cast<std::size_t>(query.limit);
  const auto found = newest_results(tx, *series, range, limit);
  std::vector<std::int64_t> times;
  for (const auto& [time, result] : found) {
    if (times.size() == limit) {
      page.next = Position{times.back(), 0, 0};
      break;
    }
    times.push_back(time);
  }
  auto reasons = told(tx, query.check, times);
  for (const auto time : times) {
    page.items.push_back(result_of(query.check, time, found.at(time), reasons[time]).dump());
  }
  return page;
}

}  // namespace monitron::series
