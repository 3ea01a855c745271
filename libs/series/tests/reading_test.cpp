// What is read is the same whether samples are staged or in chunks (M-022, R-013, R-014, M-064).

#include "chunk_store.hpp"
#include "fixture.hpp"
#include "keeper.hpp"
#include "series/rolled.hpp"
#include "series/sample_source.hpp"

#include <atomic>
#include <cmath>
#include <random>
#include <thread>

namespace monitron::series {
namespace {

using promql::Labels;
using promql::Matcher;
using promql::MatchKind;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirst = kNow / kDayMs * kDayMs + kDayMs - 3'000'000;  // crosses midnight

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

// Every kind of reading, as text.
struct Seen {
  std::vector<std::string> pages, buckets, values, selected, recent;
  bool operator==(const Seen&) const = default;
};

class ReadingTest : public SeriesTest {
 protected:
  using Writer = series::Writer;

  // Several layouts, absent values, sparse points, late samples, equal times, special values.
  void store_mixed(Writer& writer, int rounds) {
    const double stale = std::bit_cast<double>(promql::kStaleBits);
    const double specials[] = {std::nan(""), stale, -0.0, 1e300 * 1e300, 0.1 + 0.2, 5e-324};
    for (int i = 0; i < rounds; ++i, ++round_) {
      const auto time = kFirst + round_ * 60'000ll;
      const int width = 3 + round_ / 7 % 4;
      std::vector<double> values;
      for (int n = 0; n < width; ++n) {
        const auto dice = random_() % 12;
        values.push_back(dice == 0   ? contracts::kAbsent
                         : dice == 1 ? specials[random_() % 6]
                                     : static_cast<double>(random_() % 1000) / 10);
      }
      write(writer, {batch_of(source_, seq_++, frame_block(series_list(width), time, values))});
      if (round_ % 5 == 0) late(writer, time - static_cast<std::int64_t>(random_() % 7'200'000));
      if (round_ % 3 == 0) late(writer, time);
    }
  }
  void late(Writer& writer, std::int64_t time) {
    Block block;
    block.dictionary = contracts::pack_dictionary(series_list(40));
    block.series_count = 40;
    for (int i = 0; i < 3; ++i) {
      block.points.push_back(
          {static_cast<std::uint32_t>(random_() % 5), time, static_cast<double>(random_() % 100)});
    }
    write(writer, {batch_of(source_, seq_++, block)});
  }

  Seen seen() {
    Seen seen;
    SampleQuery query;
    query.source = source_.value;
    query.limit = 17;
    for (bool more = true; more;) {
      const auto page = read([&](pqxx::work& tx) { return read_samples(tx, query); });
      for (const auto& one : page.items) {
        seen.pages.push_back(one.position.str() + "=" +
                             std::to_string(std::bit_cast<std::uint64_t>(one.value)));
      }
      more = page.more;
      if (more) query.after = page.items.back().position;
    }
    BucketQuery buckets;
    buckets.source = source_.value;
    buckets.from = from_ms(kFirst - 7'200'000);
    buckets.to = from_ms(kFirst + 14'400'000);
    buckets.step = std::chrono::minutes(7);
    buckets.fill = Fill::linear;
    buckets.aggregates = {*parse_aggregate("avg"), *parse_aggregate("p95"),
                          *parse_aggregate("count")};
    for (const auto& one : read([&](pqxx::work& tx) { return read_buckets(tx, buckets); }).items) {
      std::string text = std::to_string(one.series) + "@" + std::to_string(to_ms(one.start));
      for (const auto bits : bits_of(one.values)) text += " " + std::to_string(bits);
      seen.buckets.push_back(text);
    }
    for (const auto& one : read([&](pqxx::work& tx) {
           return read_values(tx, source_.value, "node_metric1", buckets.from, buckets.to);
         })) {
      seen.values.push_back(std::to_string(to_ms(one.time)) + "=" +
                            std::to_string(std::bit_cast<std::uint64_t>(one.value)));
    }
    seen.selected =
        select({*Matcher::make(MatchKind::regex, "__name__", "node_.*")}, 0, kFirst + kDayMs);
    seen.recent = select({*Matcher::make(MatchKind::equal, "n", "1")}, kFirst + 1'800'000,
                         kFirst + 5'400'000);
    return seen;
  }

  std::vector<std::string> select(std::vector<Matcher> matchers, std::int64_t from,
                                  std::int64_t to) {
    promql::Budget budget{promql::Limits{}};
    std::vector<std::string> lines;
    const auto done = samples_->select(
        {std::move(matchers), from, to}, budget,
        [&](const Labels& labels, std::span<const promql::Sample> samples) -> Result<void> {
          std::string line = labels.str();
          for (const auto& one : samples) {
            line += " " + std::to_string(one.time_ms) + "=" +
                    std::to_string(std::bit_cast<std::uint64_t>(one.value));
          }
          lines.push_back(std::move(line));
          return {};
        });
    EXPECT_TRUE(done) << done.error().text;
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  void SetUp() override {
    SeriesTest::SetUp();
    if (!IsSkipped()) samples_.emplace(SourceConfig{url_, "reading test"});
  }

  std::optional<SampleSource> samples_;
  std::mt19937 random_{7};
  int round_ = 0;
  std::uint64_t seq_ = 1;
};

// The first lines that differ: lists are long.
void expect_same(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() && right == b.end()) return;
  ADD_FAILURE() << a.size() << " and " << b.size() << " lines, the "
                << std::distance(a.begin(), left)
                << "th differs: " << (left == a.end() ? "nothing" : *left) << " and "
                << (right == b.end() ? "nothing" : *right);
}

void expect_same(const Seen& a, const Seen& b) {
  expect_same(a.pages, b.pages);
  expect_same(a.buckets, b.buckets);
  expect_same(a.values, b.values);
  expect_same(a.selected, b.selected);
  expect_same(a.recent, b.recent);
}

TEST_F(ReadingTest, NothingChangesByCompaction) {
  auto writer = this->writer();
  store_mixed(writer, 100);
  const auto staged = seen();
  EXPECT_GT(staged.pages.size(), 350u);
  EXPECT_GT(staged.buckets.size(), 60u);
  EXPECT_GT(staged.selected.size(), 5u);
  ChunkStore chunks(url_);
  chunks.compact();
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 0);
  expect_same(staged, seen());
}

TEST_F(ReadingTest, LateSamplesOfLaterPartsStandWhereTheyBelong) {
  auto writer = this->writer();
  ChunkStore chunks(url_);
  std::optional<Seen> before;
  for (int part = 0; part < 5; ++part) {
    store_mixed(writer, 25);  // late samples and equal times of what is in chunks already
    before = seen();
    chunks.compact();
    expect_same(*before, seen());
  }
  EXPECT_GT(count("SELECT count(DISTINCT part) FROM chunks"), 4);
}

TEST_F(ReadingTest, ACursorStaysExactWhenCompactionComesBetween) {
  auto writer = this->writer();
  store_mixed(writer, 60);
  const auto all = seen().pages;
  ChunkStore chunks(url_);
  SampleQuery query;
  query.source = source_.value;
  query.limit = 11;
  std::vector<std::string> paged;
  for (bool more = true; more;) {
    const auto page = read([&](pqxx::work& tx) { return read_samples(tx, query); });
    for (const auto& one : page.items) {
      paged.push_back(one.position.str() + "=" +
                      std::to_string(std::bit_cast<std::uint64_t>(one.value)));
    }
    more = page.more;
    if (more) query.after = page.items.back().position;
    if (paged.size() == 110) chunks.compact();
  }
  EXPECT_EQ(paged, all);
}

// A layout that came after its source was looked at.
TEST_F(ReadingTest, NewLayoutsAreSeenAtOnce) {
  auto writer = this->writer();
  for (int width = 1; width < 9; ++width) {
    write(writer,
          {batch_of(source_, seq_++,
                    frame_block(series_list(width), kNow + width,
                                std::vector<double>(static_cast<std::size_t>(width), width)))});
    EXPECT_EQ(select({*Matcher::make(MatchKind::equal, "__name__", "node_metric0")}, 0, kNow + 99)
                  .at(0)
                  .size(),
              select({*Matcher::make(MatchKind::regex, "__name__", "node_metric0|x")}, 0, kNow + 99)
                  .at(0)
                  .size());
    EXPECT_EQ(
        select({*Matcher::make(MatchKind::regex, "n", ".+")}, kNow + width, kNow + width).size(),
        static_cast<std::size_t>(width));
  }
}

// R-025: whatever is moved meanwhile, no sample is missing and none is there twice.
TEST_F(ReadingTest, NothingChangesWhileSamplesAreMoved) {
  auto writer = this->writer();
  Keeper keeper(url_, kFirst + 2 * kDayMs);
  const auto rolled_up = [&] { return count("SELECT count(*) FROM chunks WHERE tier = 1") > 0; };
  // Readers in the way put rolling up off: it is tried until it finds a place between them.
  for (int round = 0; round < 4 || (round < 60 && !rolled_up()); ++round) {
    if (round < 4) store_mixed(writer, 20);
    const auto before = seen();
    std::atomic<bool> over{false};
    std::thread moving([&] {
      keeper.keep();
      over = true;
    });
    while (!over) expect_same(before, seen());
    moving.join();
    expect_same(before, seen());
  }
  EXPECT_TRUE(rolled_up());
}

class RangesTest : public ReadingTest {
 protected:
  // Of all samples at `times`.
  void expect_those_between(std::int64_t from, std::int64_t to,
                            const std::vector<std::int64_t>& times) {
    const auto found = read([&](pqxx::work& tx) {
      return read_values(tx, source_.value, "node_metric0", from_ms(from), from_ms(to));
    });
    EXPECT_EQ(static_cast<std::ptrdiff_t>(found.size()),
              std::count_if(times.begin(), times.end(),
                            [&](std::int64_t time) { return time >= from && time < to; }))
        << from << " to " << to;
  }
};

// Tables that end before a range are not looked into: whatever its ends, nothing of it is missing.
TEST_F(RangesTest, MayBeginAndEndAtAnyPlaceOfAPartition) {
  constexpr std::int64_t kHour = 3'600'000;
  const auto begin = to_ms(system_clock().now()) / kHour * kHour - 9 * kHour;
  auto writer = this->writer();
  std::vector<Batch> batches;
  std::vector<std::int64_t> times;
  for (auto time = begin; time < begin + 8 * kHour; time += 600'000) {
    if (time >= begin + 3 * kHour && time < begin + 6 * kHour) continue;  // a table is missing
    times.push_back(time);
    batches.push_back(batch_of(source_, seq_++, frame_block(series_list(1), time, {1})));
  }
  write(writer, std::move(batches));
  ChunkStore(url_).compact();
  EXPECT_GT(count("SELECT count(*) FROM chunk_partitions"), 2);
  for (auto edge = begin - kHour; edge < begin + 9 * kHour; edge += kHour / 2) {
    for (const auto from : {edge - 1, edge, edge + 1}) {
      for (const auto to : {from + 1, from + 2 * kHour, from + 5 * kHour}) {
        expect_those_between(from, to, times);
      }
    }
  }
}

// M-061 to the hour: of what is read of old times, only rollups are there.
TEST_F(ReadingTest, RollupsStandForRawSamplesThatAreGone) {
  auto writer = this->writer();
  constexpr std::int64_t kStart = kNow / kDayMs * kDayMs;
  const std::vector<contracts::Series> series{
      {"counter_total", {}}, {"gauge", {}}, {"steep_total", {}}};
  std::uint64_t seq = 1;
  double steep = 0, risen = 0;
  std::vector<double> counter, gauge;
  for (int i = 0; i < 240; ++i) {  // two hours, reset once
    counter.push_back(i < 100 ? 10.0 * i : 10.0 * (i - 100));
    gauge.push_back((i * 7) % 10);
    // Reset in the middle of a bucket that ends above what it was.
    const bool reset = i == 102;
    const double more = reset ? 0 : i < 100 ? 10 : 500;
    steep = reset ? 0 : steep + more;
    risen += i > 0 ? more : 0;
    write(writer, {batch_of(source_, seq++,
                            frame_block(series, kStart + i * 30'000ll,
                                        {counter.back(), gauge.back(), steep}))});
  }
  const auto all = [&](const std::string& name, const std::string& function) {
    promql::Budget budget{promql::Limits{}};
    std::vector<promql::Sample> found;
    const auto done = samples_->select(
        {{*Matcher::make(MatchKind::equal, "__name__", name)}, kStart, kStart + kDayMs, function},
        budget, [&](const Labels&, std::span<const promql::Sample> samples) -> Result<void> {
          found.assign(samples.begin(), samples.end());
          return {};
        });
    EXPECT_TRUE(done) << done.error().text;
    return found;
  };
  Keeper(url_, kStart + 2 * kDayMs).keep();
  EXPECT_EQ(all("gauge", "").size(), 240u);  // as long as there are raw samples, nothing else
  read([&](pqxx::work& tx) {
    tx.exec("DELETE FROM leases");
    tx.exec("UPDATE chunk_partitions SET written_at = lower");
    return 0;
  });
  Keeper(url_, kStart + 40 * kDayMs).keep();
  EXPECT_EQ(count("SELECT count(*) FROM chunks WHERE tier = 0"), 0);
  const auto increase = [&](const std::string& name) {
    double sum = 0;
    const auto counted = all(name, "rate");
    for (std::size_t i = 1; i < counted.size(); ++i) {
      const auto before = counted[i - 1].value, now = counted[i].value;
      sum += now < before ? now : now - before;
    }
    return sum;
  };
  EXPECT_EQ(increase("counter_total"), 990 + 1390);
  EXPECT_EQ(increase("steep_total"), risen);
  const auto most = all("gauge", "max_over_time");
  ASSERT_EQ(most.size(), 24u);
  EXPECT_EQ(most.front().value, 9);
  BucketQuery query;
  query.source = source_.value;
  query.metric_name = "gauge";
  query.from = from_ms(kStart);
  query.to = from_ms(kStart + 7'200'000);
  query.step = std::chrono::minutes(10);
  query.aggregates = {*parse_aggregate("max"), *parse_aggregate("count"), *parse_aggregate("p50")};
  const auto buckets = read([&](pqxx::work& tx) { return read_buckets(tx, query); });
  ASSERT_EQ(buckets.items.size(), 12u);
  EXPECT_EQ(buckets.items[3].values[0], 9);
  EXPECT_EQ(buckets.items[3].values[1], 20);
  EXPECT_TRUE(std::isnan(buckets.items[3].values[2]));
  const auto plain = all("gauge", "");
  EXPECT_EQ(plain.front().time_ms, kStart);
  EXPECT_EQ(plain.back().value, gauge.back());
  for (std::size_t i = 1; i < plain.size(); ++i) {
    EXPECT_LE(plain[i].time_ms - plain[i - 1].time_ms, 240'000);
  }
}

}  // namespace
}  // namespace monitron::series
