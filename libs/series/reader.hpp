#pragma once
// Reads what the Writer has stored, inside a transaction of db::Pool. Samples of equal series and
// time are all kept and all shown; the order (time, then storing) is total, so positions are exact.

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <map>
#include <optional>
#include <pqxx/transaction>
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

// Where a page ended: exact for equal times too.
struct Position {
  std::int64_t time_us = 0;  // PostgreSQL's microseconds
  std::int64_t row = 0;
  int place = 0;  // in the row
  std::string str() const;
  static std::optional<Position> parse(const std::string& text);
};

struct Sample {
  std::int32_t series = 0;
  Instant time{};
  double value = 0;
  Position position{};
};

// For pages, newest first: what is not shown is not read.
void read_in_index_order(pqxx::work& tx);

struct SampleQuery {
  Uuid source{};
  std::string metric_type{};
  std::string metric_name{};
  std::optional<Instant> from{};  // inclusive
  std::optional<Instant> to{};    // exclusive
  std::optional<Position> after{};
  int limit = 100;
};

struct Samples {
  std::map<std::int32_t, SeriesInfo> series{};
  std::vector<Sample> items{};  // newest first
  bool more = false;
};
Samples read_samples(pqxx::work& tx, const SampleQuery& query);

enum class Aggregate { avg, min, max, sum, count };
std::optional<Aggregate> parse_aggregate(std::string_view text);

struct Bucket {
  std::int32_t series = 0;
  Instant start{};  // a multiple of the step since 1970
  double value = 0;
};
struct Buckets {
  std::map<std::int32_t, SeriesInfo> series{};
  std::vector<Bucket> items{};  // oldest first; at most `limit`
  bool more = false;            // there would be more: ask for a shorter range or a longer step
};
struct BucketQuery {
  Uuid source{};
  std::string metric_type{};
  std::string metric_name{};
  Instant from{};
  Instant to{};
  std::chrono::seconds step{60};
  Aggregate aggregate = Aggregate::avg;
  int limit = 10'000;
};
Buckets read_buckets(pqxx::work& tx, const BucketQuery& query);

// The results of a check, rebuilt from its samples and events (JSON as the API shows them).
struct ResultQuery {
  Uuid check{};
  std::optional<Instant> from{};
  std::optional<Instant> to{};
  std::optional<Position> after{};
  int limit = 100;
};
struct ResultPage {
  std::vector<std::string> items{};  // newest first
  std::optional<Position> next{};
};
ResultPage read_results(pqxx::work& tx, const ResultQuery& query);

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
