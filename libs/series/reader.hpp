#pragma once
// Reads what is stored, staged or in chunks, inside a transaction of db::Pool (READ COMMITTED).
// Samples of equal series and time are all kept and all shown; the order (time, series, storing)
// is total, so positions are exact.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "series/aggregates.hpp"

#include <map>
#include <optional>
#include <pqxx/transaction>
#include <set>
#include <string>
#include <vector>

namespace monitron::series {

struct SeriesInfo {
  std::int32_t id = 0;
  std::string metric_type{};
  std::string metric_name{};
  std::string labels{};  // JSON object
};

struct SeriesQuery {
  Uuid source{};
  std::string metric_type{};  // empty: any
  std::string metric_name{};
  std::int32_t after = 0;  // id of the last one of the page before
  int limit = 100;
};
// By id; at most `limit`.
std::vector<SeriesInfo> list_series(pqxx::work& tx, const SeriesQuery& query);
std::map<std::int32_t, SeriesInfo> series_infos(pqxx::work& tx, const std::set<std::int32_t>& ids);

// Where a page ended: exact for equal times too, and also when samples are compacted meanwhile.
struct Position {
  std::int64_t time_ms = 0;
  std::int32_t series = 0;
  std::int64_t place = 0;  // among the samples of the series at this time, in the order of storing
  std::string str() const;
  static std::optional<Position> parse(const std::string& text);
};

struct Sample {
  std::int32_t series = 0;
  Instant time{};
  double value = 0;
  Position position{};
};

struct SampleQuery {
  Uuid source{};
  std::string metric_type{};
  std::string metric_name{};
  std::optional<Instant> from{};  // inclusive
  std::optional<Instant> to{};    // exclusive
  std::optional<Position> after{};
  int limit = 100;
};

struct SamplePage {
  std::map<std::int32_t, SeriesInfo> series{};
  // Newest first; of one time by series, and of one series what was stored last comes first.
  std::vector<Sample> items{};
  bool more = false;
};
SamplePage read_samples(pqxx::work& tx, const SampleQuery& query);

struct BucketValues {
  std::int32_t series = 0;
  Instant start{};               // a multiple of the step since 1970
  std::vector<double> values{};  // one per aggregate; none: there are no samples (Fill::null)
};
struct Buckets {
  std::map<std::int32_t, SeriesInfo> series{};
  std::vector<BucketValues> items{};  // oldest first; at most `limit`
  bool more = false;  // there would be more: ask for a shorter range or a longer step
  std::size_t samples_read = 0;
  std::size_t rollups_read = 0;  // buckets of them
};
// As PromQL sees samples: of equal times the one stored last, and no stale markers. Steps of whole
// hours or 5 min are read from rollups, for the days that have them; the result is that of the raw
// samples bit by bit, but for the last digit of a sum or an average of several rollups, each of
// which was rounded once. Where raw samples are gone, of rollups in any case; these know no
// quantiles (NaN).
struct BucketQuery {
  Uuid source{};
  std::string metric_type{};
  std::string metric_name{};
  Instant from{};
  Instant to{};  // exclusive
  std::chrono::seconds step{60};
  std::vector<Aggregate> aggregates{{}};
  Fill fill = Fill::none;
  int limit = 10'000;
};
Buckets read_buckets(pqxx::work& tx, const BucketQuery& query);

// The results of a check, rebuilt from its samples and events (JSON as the API shows them).
// A ping's has more: what was asked, and the time of every packet.
struct PingedHost {
  std::string name{};
  std::string address{};
  int packets = 0;  // of one ping
};
struct ResultQuery {
  Uuid check{};
  std::string first_location{};  // it ran there before samples said where
  std::string location{};        // only what ran there; empty: all
  std::optional<PingedHost> ping{};
  std::optional<Instant> from{};
  std::optional<Instant> to{};
  std::optional<Position> after{};
  int limit = 100;
};
struct ResultPage {
  std::vector<std::string> items{};  // newest first; of one slot by location
  std::optional<Position> next{};
};
ResultPage read_results(pqxx::work& tx, const ResultQuery& query);
// The slots of a check in [from, to) that have a result, in order, by location.
std::map<std::string, std::vector<Instant>> read_result_slots(pqxx::work& tx, const Uuid& check,
                                                              const std::string& first_location,
                                                              Instant from, Instant to);

// The values of one metric of one source in time order; of equal times the one stored last.
// `labels`: a JSON object, what the series must have.
struct TimeValue {
  Instant time{};
  double value = 0;
};
std::vector<TimeValue> read_values(pqxx::work& tx, const Uuid& source,
                                   const std::string& metric_name, Instant from, Instant to,
                                   const std::string& labels = "{}");

}  // namespace monitron::series
