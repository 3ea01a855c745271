// Binary COPY in both directions against a real PostgreSQL, and rows that no server sends.

#include "series/session.hpp"

#include "fixture.hpp"

#include <bit>
#include <cmath>

namespace monitron::series {
namespace {

class SessionTest : public SeriesTest {
 protected:
  Session open() const {
    auto session = Session::open(url_, "session test");
    EXPECT_TRUE(session) << session.error().text;
    return std::move(*session);
  }
};

TEST_F(SessionTest, EveryTypeComesBackAsItWas) {
  auto session = open();
  std::vector<double> values;
  std::vector<std::int32_t> numbers;
  std::vector<std::int16_t> small;
  const auto done = session.copy_out(
      "COPY (SELECT 7::int2, -7::int4, 1::int8 << 40, '-0'::float8, 'añb'::text, NULL::bytea, "
      "'1969-12-31 23:59:59.9995Z'::timestamptz, ARRAY[1.5, NULL, 'NaN', '-Infinity']::float8[], "
      "'{}'::float8[], ARRAY[1, -2]::int4[], ARRAY[3]::int2[]) TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        EXPECT_EQ(row.int16(), 7);
        EXPECT_EQ(row.int32(), -7);
        EXPECT_EQ(row.int64(), std::int64_t{1} << 40);
        EXPECT_TRUE(std::signbit(row.float8()));
        EXPECT_EQ(row.bytes(), "añb");
        EXPECT_EQ(row.bytes(), std::nullopt);
        EXPECT_EQ(row.time_ms(), -1);
        row.float8_array(values);
        EXPECT_EQ(values.size(), 4u);
        EXPECT_TRUE(contracts::is_absent(values.at(1)));
        EXPECT_TRUE(std::isnan(values.at(2)) && !contracts::is_absent(values.at(2)));
        row.float8_array(values);
        EXPECT_TRUE(values.empty());
        row.int32_array(numbers);
        row.int16_array(small);
        EXPECT_FALSE(row.bad());
        return {};
      });
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(numbers, (std::vector<std::int32_t>{1, -2}));
  EXPECT_EQ(small, (std::vector<std::int16_t>{3}));
}

TEST_F(SessionTest, RowsComeOneByOneAndTheSessionGoesOn) {
  auto session = open();
  std::int64_t rows = 0, sum = 0;
  const auto add = [&](BinaryRow& row) -> Result<void> {
    ++rows;
    sum += row.int32();
    return {};
  };
  const std::string many =
      "COPY (SELECT g FROM generate_series(1, 100000) g) TO STDOUT (FORMAT binary)";
  ASSERT_TRUE(session.copy_out(many, add));
  EXPECT_EQ(rows, 100'000);
  EXPECT_EQ(sum, 5'000'050'000);
  ASSERT_TRUE(session.copy_out("COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT binary)", add));
  EXPECT_EQ(rows, 100'000);
  EXPECT_EQ(session.run("SELECT 1")->number(0, 0), 1);
}

TEST_F(SessionTest, ErrorsOfTheServerLeaveTheSessionUsable) {
  auto session = open();
  const auto ignore = [](BinaryRow&) -> Result<void> { return {}; };
  EXPECT_FALSE(session.copy_out("COPY nothing TO STDOUT (FORMAT binary)", ignore));
  const auto late = session.copy_out(
      "COPY (SELECT 1 / (5000 - g) FROM generate_series(1, 10000) g) TO STDOUT (FORMAT binary)",
      ignore);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().fault, Fault::invalid);
  EXPECT_TRUE(session.run("SELECT 1"));
}

// A stream may wait for what is done with its rows, longer than anybody may wait for the server.
TEST_F(SessionTest, TheLimitIsForTheServerAndNotForWhoReads) {
  auto session = open(), other = open();
  ASSERT_TRUE(session.allow(std::chrono::seconds(0)));  // of the server; 5 s of ours
  const auto be_busy = [&]() -> Result<void> {
    if (auto done = other.run("SELECT pg_sleep(7)"); !done) return fail(done.error());
    return {};
  };
  int rows = 0;
  const auto done = session.copy_out(
      "COPY (SELECT g, repeat('x', 1000) FROM generate_series(1, 50000) g) TO STDOUT "
      "(FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        (void)row.int32();
        (void)row.bytes();
        if (++rows == 10) return be_busy();
        return {};
      });
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(rows, 50'000);
  EXPECT_FALSE(session.copy_out("COPY (SELECT pg_sleep(7)) TO STDOUT (FORMAT binary)",
                                [](BinaryRow&) -> Result<void> { return {}; }))
      << "the server does not answer";
}

TEST_F(SessionTest, WhoStopsReadingClosesTheSession) {
  auto session = open();
  int rows = 0;
  const auto stop = [&](BinaryRow&) -> Result<void> {
    if (++rows == 10) return fail(Fault::denied, "enough");
    return {};
  };
  const auto done = session.copy_out(
      "COPY (SELECT generate_series(1, 100000000)) TO STDOUT (FORMAT binary)", stop);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::denied);
  EXPECT_EQ(rows, 10);
  const auto after = session.run("SELECT 1");
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().fault, Fault::unavailable);
}

TEST(BinaryRowTest, NothingIsReadBeyondItsBytes) {
  const std::string whole("\0\3\0\0\0\4\0\0\0\5\377\377\377\377\0\0\0\2ab", 20);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string part = whole.substr(0, size);
    BinaryRow row(part);
    row.int32();
    row.bytes();
    row.bytes();
    EXPECT_TRUE(row.bad()) << size;
  }
  BinaryRow row(whole);
  EXPECT_EQ(row.int32(), 5);
  EXPECT_EQ(row.bytes(), std::nullopt);
  EXPECT_EQ(row.bytes(), "ab");
  EXPECT_FALSE(row.bad());
  row.bytes();
  EXPECT_TRUE(row.bad());
}

TEST(BinaryRowTest, AnArrayThatClaimsMoreThanItHasIsRefused) {
  const std::string head("\0\1\0\0\0\30\0\0\0\1\0\0\0\0\0\0\2\275", 18);
  const std::string huge = head + std::string("\177\377\377\377\0\0\0\1\0\0\0\10", 12);
  std::vector<double> values;
  BinaryRow row(huge);
  row.float8_array(values);
  EXPECT_TRUE(row.bad());
  EXPECT_TRUE(values.empty());
}

}  // namespace
}  // namespace monitron::series
