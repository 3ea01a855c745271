// SQL reads chunks as C++ does.

#include "fixture.hpp"
#include "series/chunk_codec.hpp"
#include "series/session.hpp"
#include "unit/sequences.hpp"

#include <cmath>
#include <cstdlib>

namespace monitron::series {
namespace {

class ChunkDecodingTest : public SeriesTest {
 protected:
  // A column of a query over `$1`.
  std::vector<std::string> column(const std::string& sql, const std::string& data) {
    const auto rows = pool_->transact([&](pqxx::work& tx) {
      std::vector<std::string> texts;
      for (const auto& row : tx.exec_params(sql, pqxx::binarystring(data))) {
        texts.emplace_back(row[0].c_str());
      }
      return texts;
    });
    EXPECT_TRUE(rows) << rows.error().text;
    return rows ? *rows : std::vector<std::string>();
  }

  void expect_same_values(const std::vector<double>& values) {
    const auto texts =
        column("SELECT unnest(monitron_v1.decode_values($1))", encode_values(values));
    ASSERT_EQ(texts.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double read = std::strtod(texts[i].c_str(), nullptr);
      if (std::isnan(values[i])) {
        ASSERT_TRUE(std::isnan(read)) << i;
      } else {
        ASSERT_EQ(std::bit_cast<std::uint64_t>(read), std::bit_cast<std::uint64_t>(values[i]))
            << i << " of " << values.size() << ": " << values[i] << " is read as " << texts[i];
      }
    }
  }

  void expect_same_times(const std::vector<std::int64_t>& times) {
    const auto texts = column("SELECT unnest(monitron_v1.decode_times($1))", encode_times(times));
    ASSERT_EQ(texts.size(), times.size());
    for (std::size_t i = 0; i < times.size(); ++i) ASSERT_EQ(std::stoll(texts[i]), times[i]) << i;
  }
};

TEST_F(ChunkDecodingTest, SqlReadsTheValuesThatWereWritten) {
  Sequences sequences(1);
  for (int i = 0; i < 150 && !HasFatalFailure(); ++i) expect_same_values(sequences.values());
  expect_same_values({});
  expect_same_values({-0.0});
  expect_same_values(std::vector<double>(4096, 42));
}

TEST_F(ChunkDecodingTest, SqlReadsTheTimesThatWereWritten) {
  Sequences sequences(2);
  for (int i = 0; i < 100 && !HasFatalFailure(); ++i) expect_same_times(sequences.times());
  expect_same_times({});
}

TEST_F(ChunkDecodingTest, SqlReadsWhichTimesArePresent) {
  Sequences sequences(3);
  for (int i = 0; i < 50 && !HasFailure(); ++i) {
    const auto present = sequences.presence();
    const auto texts = column(
        "SELECT unnest(monitron_v1.decode_presence($1, " + std::to_string(present.size()) + "))",
        encode_presence(present));
    ASSERT_EQ(texts.size(), present.size());
    for (std::size_t k = 0; k < present.size(); ++k) ASSERT_EQ(texts[k] == "t", present[k]);
  }
}

TEST_F(ChunkDecodingTest, SqlFindsTheTimesOfAChunkWhereverTheyAre) {
  const std::vector<std::int64_t> times = {5, 7, 8, 11, 20};
  const auto shared = "'" + bytea_text(encode_times(times)) + "'::bytea";
  const auto read = [&](const std::string& own, const std::string& of_others) {
    return column("SELECT array_to_string(monitron_v1.chunk_times(" + own + ", " + of_others +
                      "), ' ') WHERE $1::bytea IS NOT NULL",
                  "");
  };
  EXPECT_EQ(read(shared, "null"), std::vector<std::string>{"5 7 8 11 20"});
  EXPECT_EQ(read("null", shared), std::vector<std::string>{"5 7 8 11 20"});
  EXPECT_EQ(
      read("$1::bytea || '" + bytea_text(encode_presence({false, true, true, false, true})) + "'",
           shared),
      std::vector<std::string>{"7 8 20"});
}

// Hostile bytes are an error of the statement, and of no more.
TEST_F(ChunkDecodingTest, SqlRefusesWhatIsNoChunk) {
  Sequences sequences(4);
  for (int i = 0; i < 300; ++i) {
    auto data = encode_values(sequences.values());
    for (auto changes = 1 + sequences.below(4); changes > 0; --changes) {
      data[sequences.below(data.size())] = static_cast<char>(sequences.below(256));
    }
    std::vector<double> values;
    const bool readable = decode_values(data, values).has_value();
    const auto count = pool_->transact([&](pqxx::work& tx) {
      return tx
          .exec_params("SELECT cardinality(monitron_v1.decode_values($1))",
                       pqxx::binarystring(data))[0][0]
          .as<std::size_t>();
    });
    // SQL refuses more: numbers that overflow where no encoder lets them.
    EXPECT_TRUE(!readable || !count || *count == values.size()) << i;
  }
  EXPECT_EQ(column("SELECT 1 WHERE $1::bytea IS NOT NULL", "x").size(), 1u);
}

}  // namespace
}  // namespace monitron::series
