// The results of a check, from its samples and its events.

#include "domain/check_result.hpp"
#include "series/ping_result.hpp"
#include "series/reader.hpp"
#include "series/stored_tx.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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
  std::string location{};
  int place = 0;  // of the location, among all that the check has results of
};

struct Found {
  std::string location{};
  domain::CheckStatus status = domain::CheckStatus::unknown;
  Json phases = Json::object();
  Json values = Json::object();
  Json duration = nullptr;
  Packets packets{};  // of a ping
};

void add(Found& result, const Part& part, double value) {
  if (!std::isfinite(value)) return;
  if (part.name == "probe_success") {
    result.status = value == 1 ? domain::CheckStatus::up : domain::CheckStatus::down;
  } else if (part.name == "probe_duration_seconds") {
    result.duration = value;
  } else if (part.name == "probe_phase_seconds") {
    result.phases[part.labels.value("phase", "")] = value;
  } else if (part.name == domain::kPacketRtt) {
    note_packet(result.packets, part.labels.value("seq", ""), value);
  } else {
    result.values[full_name(part.name, part.labels)] = value;
  }
}

using Parts = std::map<std::int32_t, Part>;
Parts parts_of(pqxx::work& tx, std::int32_t source, const ResultQuery& query) {
  Parts parts;
  std::map<std::string, int> places;
  for (const auto& row :
       tx.exec_params("SELECT id, name, labels FROM series WHERE source_id = $1", source)) {
    auto labels = Json::parse(row[2].c_str(), nullptr, false);
    if (!labels.is_object()) labels = Json::object();
    const auto location = labels.value(std::string(domain::kLocationLabel), query.first_location);
    labels.erase(std::string(domain::kLocationLabel));
    places.emplace(location, 0);
    parts[row[0].as<std::int32_t>()] = {row[1].c_str(), std::move(labels), location};
  }
  int count = 0;
  for (auto& [location, place] : places) place = count++;
  for (auto& [id, part] : parts) part.place = places.at(part.location);
  if (!query.location.empty()) {
    std::erase_if(parts, [&](const auto& one) { return one.second.location != query.location; });
  }
  return parts;
}

// Newest first, of one time by place.
struct Slot {
  std::int64_t time_ms = 0;
  int place = 0;
  bool operator<(const Slot& other) const {
    return time_ms != other.time_ms ? time_ms > other.time_ms : place < other.place;
  }
};
using BySlot = std::map<Slot, Found>;

// More than `limit` if there are more. In pieces of time, as read_samples does it.
BySlot newest_results(pqxx::work& tx, const SourceSeries& series, const Parts& parts,
                      StoredRange left, const ResultQuery& query) {
  const Slot seen = query.after ? Slot{query.after->time_ms, query.after->series}
                                : Slot{std::numeric_limits<std::int64_t>::max(), 0};
  const auto limit = static_cast<std::size_t>(query.limit);
  BySlot found;
  auto wanted = (limit + 1) * series.series.size();
  while (found.size() <= limit && left.from_ms <= left.to_ms) {
    const auto from = newest_from(tx, series, left, wanted);
    auto runs = read_runs(tx, series, {from, left.to_ms});
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto run = decode_run(runs, i);
      const auto part = parts.find(run.series);
      if (part == parts.end()) continue;
      for (std::size_t at = 0; at < run.values.size(); ++at) {
        const Slot slot{run.times_ms[at], part->second.place};
        if (!(seen < slot)) continue;
        auto& result = found[slot];
        result.location = part->second.location;
        add(result, part->second, run.values[at]);
      }
    }
    left.to_ms = from - 1;
    wanted *= 4;
  }
  return found;
}

// What a result warns of, and why it is unknown, is told when it begins and goes on until the
// location's next event.
struct Told {
  domain::CheckStatus of = domain::CheckStatus::up;
  bool own = false;
  bool warning = false;
  std::string reason{};
};
std::map<Slot, Told> told(pqxx::work& tx, const Uuid& check,
                          const std::vector<std::pair<Slot, const Found*>>& results) {
  Json list = Json::array();
  for (const auto& [slot, result] : results) {
    list.push_back({{"ms", slot.time_ms}, {"place", slot.place}, {"location", result->location}});
  }
  std::map<Slot, Told> found;
  for (const auto& row : tx.exec_params(
           "SELECT t.ms, t.place, e.at = t.at AS own, result_status = 'unknown' AS unknown, "
           "COALESCE(e.detail->>'outcome' = 'warning', false) AS warning, "
           "CASE WHEN e.at = t.at OR e.detail->>'outcome' = 'warning' "
           "OR result_status = 'unknown' THEN e.reason ELSE '' END AS reason "
           "FROM (SELECT ms, place, location, to_timestamp(ms / 1000.0) AS at "
           "FROM jsonb_to_recordset($2::jsonb) AS n (ms bigint, place integer, location text)) "
           "AS t CROSS JOIN LATERAL (SELECT at, detail, reason, result_status FROM check_events "
           "WHERE check_id = $1 AND location = t.location AND at <= t.at "
           "ORDER BY at DESC, id DESC LIMIT 1) AS e",
           check.str(), list.dump())) {
    const bool unknown = row["unknown"].as<bool>(false);
    found[{row["ms"].as<std::int64_t>(), row["place"].as<int>()}] = {
        unknown ? domain::CheckStatus::unknown : domain::CheckStatus::up, row["own"].as<bool>(),
        row["warning"].as<bool>(), row["reason"].c_str()};
  }
  return found;
}

Json result_of(const ResultQuery& query, const Slot& slot, const Found& found, const Told& told) {
  const bool applies = told.own || found.status == told.of;
  Json result = {{"check_id", query.check.str()},
                 {"location", found.location},
                 {"scheduled_at", to_rfc3339(from_ms(slot.time_ms))},
                 {"status", domain::to_string(found.status)},
                 {"warning", told.warning && found.status == domain::CheckStatus::up},
                 {"duration_seconds", found.duration},
                 {"reason", applies ? told.reason : ""},
                 {"phases", found.phases},
                 {"values", found.values}};
  if (query.ping) add_ping(result, *query.ping, found.packets);
  return result;
}

}  // namespace

ResultPage read_results(pqxx::work& tx, const ResultQuery& query) {
  ResultPage page;
  const auto series = find_series(tx, query.check, {});
  if (!series) return page;
  StoredRange range{query.from ? std::max<std::int64_t>(to_ms(*query.from), 0) : 0,
                    query.to ? std::min(to_ms(*query.to) - 1, kEndMs) : kEndMs};
  if (query.after) range.to_ms = std::min(range.to_ms, query.after->time_ms);
  const auto limit = static_cast<std::size_t>(query.limit);
  const auto found = newest_results(tx, *series, parts_of(tx, series->source, query), range, query);
  std::vector<std::pair<Slot, const Found*>> shown;
  for (const auto& [slot, result] : found) {
    if (shown.size() == limit) {
      page.next = Position{shown.back().first.time_ms, shown.back().first.place, 0};
      break;
    }
    shown.emplace_back(slot, &result);
  }
  auto reasons = told(tx, query.check, shown);
  for (const auto& [slot, result] : shown) {
    page.items.push_back(result_of(query, slot, *result, reasons[slot]).dump());
  }
  return page;
}

std::map<std::string, std::vector<Instant>> read_result_slots(pqxx::work& tx, const Uuid& check,
                                                              const std::string& first_location,
                                                              Instant from, Instant to) {
  std::map<std::string, std::vector<Instant>> slots;
  // Every result has a duration, be it one that could not be run.
  const auto series = find_series(tx, check, {.metric_name = "probe_duration_seconds"});
  if (!series) return slots;
  const auto parts =
      parts_of(tx, series->source, {.check = check, .first_location = first_location});
  auto runs = read_runs(tx, *series, {to_ms(from), to_ms(to) - 1});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto run = decode_run(runs, i);
    const auto part = parts.find(run.series);
    if (part == parts.end()) continue;
    auto& list = slots[part->second.location];
    for (const auto time_ms : run.times_ms) list.push_back(from_ms(time_ms));
  }
  for (auto& [location, list] : slots) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return slots;
}

}  // namespace monitron::series
