#include "series/reader.hpp"

#include "base/text.hpp"
#include "series/sql_text.hpp"
#include "series/stored_tx.hpp"

#include <algorithm>
#include <pqxx/pqxx>
#include <set>

namespace monitron::series {
namespace {

constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01; nothing later is stored

SeriesInfo info_of(const pqxx::row& row) {
  return {row["id"].as<std::int32_t>(), row["metric_type"].c_str(), row["metric_name"].c_str(),
          row["labels"].c_str()};
}

// Whether it comes after the page that ended there.
bool is_after(const Sample& sample, const std::optional<Position>& end) {
  if (!end) return true;
  const auto& at = sample.position;
  if (at.time_ms != end->time_ms) return at.time_ms < end->time_ms;
  if (at.series != end->series) return at.series > end->series;
  return at.place < end->place;
}

bool is_newer(const Sample& a, const Sample& b) {
  if (a.position.time_ms != b.position.time_ms) return a.position.time_ms > b.position.time_ms;
  if (a.series != b.series) return a.series < b.series;
  return a.position.place > b.position.place;
}

void add_samples(const SeriesRun& run, const std::optional<Position>& end,
                 std::vector<Sample>& out) {
  std::int64_t place = 0;
  for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
    place = i > 0 && run.times_ms[i] == run.times_ms[i - 1] ? place + 1 : 0;
    const auto time = run.times_ms[i];
    const Sample sample{run.series, from_ms(time), run.values[i], {time, run.series, place}};
    if (is_after(sample, end)) out.push_back(sample);
  }
}

}  // namespace

std::string Position::str() const {
  return "t " + std::to_string(time_ms) + " " + std::to_string(series) + " " +
         std::to_string(place);
}

std::optional<Position> Position::parse(const std::string& text) {
  const auto parts = split_list(text, ' ');
  if (parts.size() != 4 || parts[0] != "t") return std::nullopt;
  const auto time = parse_number<std::int64_t>(parts[1]);
  const auto series = parse_number<std::int32_t>(parts[2]);
  const auto place = parse_number<std::int64_t>(parts[3]);
  if (!time || *time < 0 || *time > kEndMs || !series || !place) return std::nullopt;
  return Position{*time, *series, *place};
}

std::map<std::int32_t, SeriesInfo> series_infos(pqxx::work& tx, const std::set<std::int32_t>& ids) {
  std::map<std::int32_t, SeriesInfo> infos;
  if (ids.empty()) return infos;
  for (const auto& row : tx.exec("SELECT id, metric_type, metric_name, labels FROM series "
                                 "WHERE id = ANY (" +
                                 sql_array(ids) + ")")) {
    auto info = info_of(row);
    infos.emplace(info.id, std::move(info));
  }
  return infos;
}

std::vector<SeriesInfo> list_series(pqxx::work& tx, const SeriesQuery& query) {
  std::vector<SeriesInfo> list;
  for (const auto& row : tx.exec_params(
           "SELECT s.id, metric_type, metric_name, labels FROM series s "
           "JOIN sources o ON o.id = s.source_id WHERE o.uuid = $1 AND s.id > $2 "
           "AND ($3 = '' OR metric_type = $3) AND ($4 = '' OR metric_name = $4) "
           "ORDER BY s.id LIMIT $5",
           query.source.str(), query.after, query.metric_type, query.metric_name, query.limit)) {
    list.push_back(info_of(row));
  }
  return list;
}

// From the newest on, in pieces of time, until the page is full. A sample never leaves its time, so
// that it is in one piece alone, whatever happens between two statements.
SamplePage read_samples(pqxx::work& tx, const SampleQuery& query) {
  SamplePage samples;
  const auto series = find_series(tx, query.source, {query.metric_type, query.metric_name});
  if (!series) return samples;
  const auto limit = static_cast<std::size_t>(query.limit);
  StoredRange left{query.from ? std::max<std::int64_t>(to_ms(*query.from), 0) : 0,
                   query.to ? std::min(to_ms(*query.to) - 1, kEndMs) : kEndMs};
  if (query.after) left.to_ms = std::min(left.to_ms, query.after->time_ms);
  // A little more than is missing: some of the time of the last page was shown already.
  auto wanted = limit + 1;
  while (samples.items.size() <= limit && left.from_ms <= left.to_ms) {
    const auto from = newest_from(tx, *series, left, wanted);
    auto runs = read_runs(tx, *series, {from, left.to_ms});
    std::vector<Sample> piece;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      add_samples(decode_run(runs, i), query.after, piece);
    }
    const auto kept = std::min(piece.size(), limit + 1 - samples.items.size());
    std::partial_sort(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(kept), piece.end(),
                      is_newer);
    samples.items.insert(samples.items.end(), piece.begin(),
                         piece.begin() + static_cast<std::ptrdiff_t>(kept));
    left.to_ms = from - 1;
    wanted *= 4;
  }
  samples.more = samples.items.size() > limit;
  if (samples.more) samples.items.pop_back();
  std::set<std::int32_t> ids;
  for (const auto& sample : samples.items) ids.insert(sample.series);
  samples.series = series_infos(tx, ids);
  return samples;
}

std::vector<TimeValue> read_values(pqxx::work& tx, const Uuid& source,
                                   const std::string& metric_name, Instant from, Instant to,
                                   const std::string& labels) {
  const auto series = find_series(tx, source, {"", metric_name, labels});
  if (!series) return {};
  auto runs = read_runs(tx, *series, {to_ms(from), to_ms(to) - 1});
  std::vector<TimeValue> all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto run = decode_run(runs, i);
    for (std::size_t at = 0; at < run.values.size(); ++at) {
      all.push_back({monitron::from_ms(run.times_ms[at]), run.values[at]});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const TimeValue& a, const TimeValue& b) { return a.time < b.time; });
  std::vector<TimeValue> values;
  for (const auto& one : all) {
    if (!values.empty() && values.back().time == one.time) values.pop_back();
    values.push_back(one);
  }
  return values;
}

}  // namespace monitron::series
