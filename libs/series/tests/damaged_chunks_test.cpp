// Rows whose bytes were damaged: they stop nobody, are kept as they are, and are told of.
#include "chunk_world.hpp"
#include "series/caretaker.hpp"

namespace monitron::series {
namespace {

class DamagedChunksTest : public ChunkWorld {
 protected:
  static Stored steady(std::int32_t from, std::int32_t to, std::int64_t start, int count) {
    Stored out;
    for (auto series = from; series <= to; ++series) {
      for (int i = 0; i < count; ++i) {
        // Times that are worth sharing.
        out[series].times_ms.push_back(start + 10'000ll * i + (i * 7919) % 97);
        out[series].values.push_back(series + i * 0.5 + (i * 31) % 17);
      }
    }
    return out;
  }
  std::vector<Care> care(std::int64_t now) const {
    CaretakerConfig config;
    config.rewriting.database_url = url_;
    config.rewriting.application_name = "damage test";
    Caretaker caretaker(config);
    std::vector<Care> all;
    while (true) {
      auto done = caretaker.step(fence_.number, from_ms(now));
      EXPECT_TRUE(done) << done.error().text;
      if (!done || !done->worked) return all;
      all.push_back(*done);
    }
  }
  // All of a row, as text.
  std::string row(std::int32_t series, std::int64_t part) const {
    auto db = session();
    const auto rows = db.run("SELECT c::text FROM chunks c WHERE series_id = $1 AND part = $2",
                             {std::to_string(series), std::to_string(part)});
    return rows && rows->size() == 1 ? rows->text(0, 0) : "not there";
  }
  // The highest bit of a byte of all that `where` says.
  void flip(const std::string& table, const std::string& column, int byte,
            const std::string& where) {
    const auto at = std::to_string(8 * byte + 7);
    sql("UPDATE " + table + " SET " + column + " = set_bit(" + column + ", " + at +
        ", 1 - get_bit(" + column + ", " + at + ")) WHERE " + where);
  }
};

// M-063: the rest of the day becomes one partition with its rollups.
TEST_F(DamagedChunksTest, AreCarriedOverByteForByteAndTheRestGoesOn) {
  list_series(1, 4);
  Stored all;
  for (int hour : {0, 1, 5}) {
    add(steady(1, 4, kDay + hour * kHourMs, 300), kDay + kDayMs);
  }
  const auto part = count("SELECT min(part) FROM chunks WHERE series_id = 2");
  flip("chunks", "data", 0, "series_id = 2 AND part = " + std::to_string(part));  // the version
  const auto before = row(2, part);
  auto wanted = stored("tier = 0 AND NOT (series_id = 2 AND part = " + std::to_string(part) + ")");
  const auto done = care(kDay + 2 * kDayMs);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done.front().damaged, 1u);
  EXPECT_EQ(done.front().first_damaged, "series 2 from " + to_rfc3339(from_ms(kDay)));
  EXPECT_EQ(row(2, part), before);
  const auto rest = "tier = 0 AND part <> " + std::to_string(part);
  expect_same(stored(rest), wanted);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE tier = 0 AND loose = 0 "
                  "AND upper - lower = interval '1 day'"),
            1);
  ASSERT_EQ(rolled(1).size(), 4u);
  EXPECT_EQ(rolled(2).at(1).size(), 3u);
  EXPECT_EQ(rolled(2).at(2).size(), 2u);
  // And again, when samples come late.
  add(steady(2, 2, kDay + 9 * kHourMs, 10), kDay + 3 * kDayMs);
  const auto again = care(kDay + 4 * kDayMs);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again.front().damaged, 1u);
  EXPECT_EQ(row(2, part), before);
  EXPECT_EQ(rolled(2).at(2).size(), 3u);
}

// What was rolled up of them before stays, and a day that lacks some is not read from rollups.
TEST_F(DamagedChunksTest, TheirRollupsStayAndDoNotStandForTheDay) {
  list_series(1, 3);
  add(steady(1, 3, kDay, 300), kDay + kDayMs);
  ASSERT_EQ(care(kDay + 2 * kDayMs).size(), 1u);
  const auto five = rolled(1), hours = rolled(2);
  const auto lacking = [this] {
    return count("SELECT loose FROM chunk_partitions WHERE tier = 1");
  };
  EXPECT_EQ(lacking(), 0);
  flip("chunks", "data", 0, "tier = 0 AND series_id <= 2");
  // Series 1 is damaged as a whole, of series 2 something comes late.
  add(steady(2, 3, kDay + 9 * kHourMs, 10), kDay + 3 * kDayMs);
  const auto done = care(kDay + 4 * kDayMs);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done.front().damaged, 2u);
  EXPECT_EQ(lacking(), 2);
  for (const auto& [tier, before] : {std::pair(1, five), std::pair(2, hours)}) {
    const auto after = rolled(tier);
    ASSERT_EQ(after.size(), 3u);
    EXPECT_EQ(after.at(1).size(), before.at(1).size());
    for (const int series : {2, 3}) {
      ASSERT_EQ(after.at(series).size(), before.at(series).size() + 1) << series;
      EXPECT_EQ(after.at(series).front().count, before.at(series).front().count);
      EXPECT_EQ(after.at(series).back().count, 10u);
    }
  }
  sql("INSERT INTO series_deletions VALUES (gen_random_uuid(), '{1,2}', '" +
      to_rfc3339(from_ms(kDay)) + "', '" + to_rfc3339(from_ms(kDay + 60'000)) + "')");
  EXPECT_EQ(care(kDay + 5 * kDayMs).size(), 2u);
  EXPECT_EQ(lacking(), 0);
}

TEST_F(DamagedChunksTest, SharedTimesThatAreDamagedTakeTheirChunksWithThem) {
  list_series(1, 4);
  add(steady(1, 4, kDay, 300), kDay + kDayMs);
  add(steady(1, 4, kDay + kHourMs, 300), kDay + kDayMs);
  ASSERT_EQ(count("SELECT count(DISTINCT times_id) FROM chunks"), 2);
  const auto id = count("SELECT min(id) FROM chunk_times");
  flip("chunk_times", "times", 0, "id = " + std::to_string(id));
  const auto done = care(kDay + 2 * kDayMs);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done.front().damaged, 4u);
  EXPECT_EQ(
      count("SELECT count(*) FROM chunks WHERE tier = 0 AND times_id = " + std::to_string(id)), 4);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_times WHERE id = " + std::to_string(id)), 1);
  EXPECT_EQ(stored("tier = 0 AND start >= '" + to_rfc3339(from_ms(kDay + kHourMs)) + "'").size(),
            4u);
}

// Readable, but not what the row says: joined, they would be where nobody looks for them.
TEST_F(DamagedChunksTest, SamplesThatAreNotWhereTheRowSaysAreDamagedToo) {
  list_series(1, 1);
  add(steady(1, 1, kDay, 300), kDay + kDayMs);
  sql("UPDATE chunks SET finish = finish + interval '1 s'");
  const auto done = care(kDay + 2 * kDayMs);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done.front().damaged, 1u);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 1);
}

TEST_F(DamagedChunksTest, DeletingTakesThemAway) {
  list_series(1, 2);
  add(steady(1, 2, kDay, 300), kDay + kDayMs);
  flip("chunks", "data", 0, "series_id = 1");
  sql("INSERT INTO series_deletions VALUES (gen_random_uuid(), '{1}', '" +
      to_rfc3339(from_ms(kDay)) + "', '" + to_rfc3339(from_ms(kDay + 60'000)) + "')");
  (void)care(kDay + 2 * kHourMs);
  EXPECT_EQ(count("SELECT count(*) FROM series_deletions_done"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM chunks WHERE series_id = 1"), 0);
}

}  // namespace
}  // namespace monitron::series
