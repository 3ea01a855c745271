#include "series/rollups.hpp"

#include "promql/source.hpp"
#include "series/chunk_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace monitron::series {
namespace {

constexpr char kVersion = 1;

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool is_stale(double value) { return std::bit_cast<std::uint64_t>(value) == promql::kStaleBits; }

// What is left when stale markers and older samples of equal times are taken away.
struct Seen {
  std::vector<std::int64_t> times;
  std::vector<double> values;
};

Seen seen(std::span<const std::int64_t> times, std::span<const double> values) {
  Seen out;
  out.times.reserve(times.size());
  out.values.reserve(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i + 1 < times.size() && times[i + 1] == times[i]) continue;
    if (is_stale(values[i])) continue;
    out.times.push_back(times[i]);
    out.values.push_back(values[i]);
  }
  return out;
}

Bucket bucket_of(std::span<const std::int64_t> times, std::span<const double> values) {
  Bucket bucket;
  bucket.first_ms = times.front();
  bucket.last_ms = times.back();
  bucket.count = static_cast<std::uint32_t>(values.size());
  bucket.first = bucket.min = bucket.max = values.front();
  bucket.last = values.back();
  double before = values.front();
  for (const double value : values) {
    if (value < bucket.min || std::isnan(bucket.min)) bucket.min = value;
    if (value > bucket.max || std::isnan(bucket.max)) bucket.max = value;
    if (value < before) bucket.correction += before;
    before = value;
  }
  bucket.sum = exact_sum(values);
  return bucket;
}

// What a column is as a rule, given those before it; only what differs is written.
double lesser(double a, double b) { return std::isnan(a) || b < a ? b : a; }
double greater(double a, double b) { return std::isnan(a) || b > a ? b : a; }

using Rule = double (*)(std::span<const Bucket>, std::size_t);

struct Column {
  double (*get)(const Bucket&);
  void (*set)(Bucket&, double);
  Rule rule;
};

template <double Bucket::*Member>
double get(const Bucket& bucket) {
  return bucket.*Member;
}
template <double Bucket::*Member>
void set(Bucket& bucket, double value) {
  bucket.*Member = value;
}

double get_count(const Bucket& bucket) { return bucket.count; }
void set_count(Bucket& bucket, double value) {
  constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
  bucket.count = value >= 0 && value <= kMost ? static_cast<std::uint32_t>(value) : 0;
}

double rule_count(std::span<const Bucket>, std::size_t) { return 1; }
double rule_first(std::span<const Bucket> all, std::size_t i) {
  return i == 0 ? 0 : all[i - 1].first;
}
double rule_last(std::span<const Bucket> all, std::size_t i) { return all[i].first; }
double rule_min(std::span<const Bucket> all, std::size_t i) {
  return lesser(all[i].first, all[i].last);
}
double rule_max(std::span<const Bucket> all, std::size_t i) {
  return greater(all[i].first, all[i].last);
}
double rule_sum(std::span<const Bucket> all, std::size_t i) { return all[i].count * all[i].min; }
double rule_correction(std::span<const Bucket>, std::size_t) { return 0; }

// A rule uses only what stands before its own column, and earlier buckets.
constexpr std::array<Column, 7> kColumns = {{
    {get_count, set_count, rule_count},
    {get<&Bucket::first>, set<&Bucket::first>, rule_first},
    {get<&Bucket::last>, set<&Bucket::last>, rule_last},
    {get<&Bucket::min>, set<&Bucket::min>, rule_min},
    {get<&Bucket::max>, set<&Bucket::max>, rule_max},
    {get<&Bucket::sum>, set<&Bucket::sum>, rule_sum},
    {get<&Bucket::correction>, set<&Bucket::correction>, rule_correction},
}};

void put_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

Result<std::uint64_t> take_number(std::string_view& data) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 35 && !data.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(data.front());
    data.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return number;
  }
  return fail(Fault::invalid, "a rollup ends too early");
}

Result<std::string_view> take_bytes(std::string_view& data, std::size_t size) {
  if (size > data.size()) return fail(Fault::invalid, "a rollup ends too early");
  const auto taken = data.substr(0, size);
  data.remove_prefix(size);
  return taken;
}

// 0: all by the rule. Else 2 n: n bytes of all values; 2 n + 1: n bytes of which do not follow the
// rule, and their values.
void encode_column(const Column& column, std::span<const Bucket> buckets, std::string& out) {
  std::vector<bool> special(buckets.size());
  std::vector<double> all, some;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    all.push_back(column.get(buckets[i]));
    special[i] = !same(all.back(), column.rule(buckets, i));
    if (special[i]) some.push_back(all.back());
  }
  if (some.empty()) return put_number(out, 0);
  auto values = encode_values(all);
  if (some.size() < all.size()) {
    const auto which = encode_presence(special);
    std::string sparse;
    put_number(sparse, which.size());
    sparse += which + encode_values(some);
    if (sparse.size() < values.size()) {
      put_number(out, 2 * sparse.size() + 1);
      out += sparse;
      return;
    }
  }
  put_number(out, 2 * values.size());
  out += values;
}

Result<void> decode_special(std::string_view body, std::size_t count, std::vector<bool>& special,
                            std::vector<double>& values) {
  const auto size = take_number(body);
  if (!size) return fail(size.error());
  const auto which = take_bytes(body, *size);
  if (!which) return fail(which.error());
  special.clear();
  if (auto done = decode_presence(*which, count, special); !done) return done;
  return decode_values(body, values);
}

Result<void> decode_column(const Column& column, std::string_view& data,
                           std::span<Bucket> buckets) {
  const auto head = take_number(data);
  if (!head) return fail(head.error());
  const auto body = take_bytes(data, *head / 2);
  if (!body) return fail(body.error());
  std::vector<bool> special(buckets.size(), *head != 0);
  std::vector<double> values;
  Result<void> done;
  if (*head % 2 == 1) {
    done = decode_special(*body, buckets.size(), special, values);
  } else if (*head > 0) {
    done = decode_values(*body, values);
  }
  if (!done) return done;
  const auto wanted = std::count(special.begin(), special.end(), true);
  if (values.size() != static_cast<std::size_t>(wanted)) {
    return fail(Fault::invalid, "a rollup's column has another length than its times");
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    column.set(buckets[i], special[i] ? values[next++] : column.rule(buckets, i));
  }
  return {};
}

}  // namespace

std::int64_t bucket_start(std::int64_t time_ms, std::int64_t width_ms) {
  const auto rest = time_ms % width_ms;
  return time_ms - rest - (rest < 0 ? width_ms : 0);
}

void RollUp::count_falls(std::span<const double> values) {
  for (const double value : values) {
    falls_ += last_ && value < *last_ ? 1 : 0;
    last_ = value;
  }
  values_ += values.size();
}

void RollUp::add(std::span<const std::int64_t> times_ms, std::span<const double> values) {
  const auto all = seen(times_ms, values);
  const std::span<const std::int64_t> times = all.times;
  const std::span<const double> seen_values = all.values;
  for (std::size_t from = 0, to = 0; from < times.size(); from = to) {
    const auto end = bucket_start(times[from], width_ms_) + width_ms_;
    while (to < times.size() && times[to] < end) ++to;
    buckets_.push_back(
        bucket_of(times.subspan(from, to - from), seen_values.subspan(from, to - from)));
  }
  count_falls(seen_values);
}

// A gauge falls every other time: what it would be corrected by means nothing, and is as long as
// all the rest.
std::vector<Bucket> RollUp::finish() {
  if (4 * falls_ > values_) {
    for (auto& bucket : buckets_) bucket.correction = std::numeric_limits<double>::quiet_NaN();
  }
  values_ = falls_ = 0;
  last_.reset();
  return std::exchange(buckets_, {});
}

std::vector<Bucket> roll_up(std::span<const std::int64_t> times_ms, std::span<const double> values,
                            std::int64_t width_ms) {
  RollUp rolling(width_ms);
  rolling.add(times_ms, values);
  return rolling.finish();
}

std::vector<std::int64_t> rollup_times(std::span<const Bucket> buckets) {
  std::vector<std::int64_t> times;
  times.reserve(2 * buckets.size());
  for (const auto& bucket : buckets) {
    times.push_back(bucket.first_ms);
    times.push_back(bucket.last_ms);
  }
  return times;
}

std::string encode_rollup(std::span<const Bucket> buckets) {
  std::string out(1, kVersion);
  for (const auto& column : kColumns) encode_column(column, buckets, out);
  return out;
}

Result<void> decode_rollup(std::span<const std::int64_t> times_ms, std::string_view data,
                           std::vector<Bucket>& out) {
  if (data.empty() || data.front() != kVersion || times_ms.size() % 2 != 0) {
    return fail(Fault::invalid, "this is no rollup");
  }
  data.remove_prefix(1);
  std::vector<Bucket> buckets(times_ms.size() / 2);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    buckets[i].first_ms = times_ms[2 * i];
    buckets[i].last_ms = times_ms[2 * i + 1];
  }
  for (const auto& column : kColumns) {
    if (auto done = decode_column(column, data, buckets); !done) return done;
  }
  if (!data.empty()) return fail(Fault::invalid, "a rollup has more bytes than columns");
  out.insert(out.end(), buckets.begin(), buckets.end());
  return {};
}

}  // namespace monitron::series
