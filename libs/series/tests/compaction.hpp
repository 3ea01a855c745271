#pragma once
// A compactor with its lease, and loads that have all that samples can have.

#include "series/compactor.hpp"
#include "stored.hpp"

#include <cmath>
#include <limits>
#include <random>

namespace monitron::series {

class CompactionTest : public SeriesTest {
 protected:
  void SetUp() override {
    SeriesTest::SetUp();
    if (!IsSkipped()) fence_ = take_lease();
  }

  std::int64_t take_lease() {
    return count(
        "INSERT INTO leases AS l VALUES ('ingest.compactor', 'test', 1, now() + interval '1 hour') "
        "ON CONFLICT (name) DO UPDATE SET fence = l.fence + 1 RETURNING fence");
  }

  CompactorConfig config() const {
    CompactorConfig config;
    config.database_url = url_;
    config.application_name = "compactor test";
    config.slot_age = std::chrono::milliseconds(0);
    config.rest = std::chrono::milliseconds(0);
    return config;
  }

  // Until there is nothing left to do.
  Compacted settle(Compactor& compactor) {
    Compacted all;
    for (int i = 0; i < 10'000; ++i) {
      const auto step = compactor.step(fence_);
      EXPECT_TRUE(step) << step.error().text;
      if (!step || !step->worked) return all;
      all += step->compacted;
    }
    ADD_FAILURE() << "never done";
    return all;
  }
  Compacted settle() {
    Compactor compactor(config());
    return settle(compactor);
  }

  void expect_nothing_staged() { EXPECT_EQ(count("SELECT count(*) FROM staging"), 0); }

  std::int64_t fence_ = 0;
};

// Values of every kind that a double has, and times that go forth and back over `hours`.
class Mixture {
 public:
  explicit Mixture(unsigned seed) : random_(seed) {}

  double value() {
    static const std::vector<double> kSpecial = {
        std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(),
        -0.0,
        0.0,
        std::numeric_limits<double>::denorm_min(),
        std::numeric_limits<double>::max(),
        std::nan(""),
        std::bit_cast<double>(std::uint64_t{0x7ff0'0000'0000'0002}),  // Prometheus's stale marker
        std::bit_cast<double>(std::uint64_t{0xfff8'0000'dead'beef}),
        std::bit_cast<double>(std::uint64_t{0x7ff4'0000'0000'0001})};  // a signalling one
    switch (below(6)) {
      case 0:
        return kSpecial[below(kSpecial.size())];
      case 1:
        return static_cast<double>(random_());
      case 2:
        return static_cast<double>(below(10'000)) / 100;
      case 3:
        return std::bit_cast<double>((std::uint64_t{random_()} << 30) ^ random_());
      case 4:
        return contracts::kAbsent;
      default:
        return 42;
    }
  }

  std::vector<double> values(std::size_t count) {
    std::vector<double> values(count);
    for (auto& value : values) value = this->value();
    return values;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }

  // Frames and points of one dictionary, some of equal times.
  Block block(const std::vector<contracts::Series>& series, std::int64_t begin_ms, int hours) {
    Block block = frame_block(series, begin_ms, values(series.size()));
    const auto time = [&] {
      const auto grid = static_cast<std::int64_t>(below(static_cast<std::size_t>(hours) * 360));
      return begin_ms + grid * 10'000 + (below(20) == 0 ? 3 : 0);
    };
    for (std::size_t i = below(12); i > 0; --i) {
      block.frames.push_back({time(), values(series.size())});
    }
    for (std::size_t i = below(30); i > 0; --i) {
      const auto place = static_cast<std::uint32_t>(below(series.size()));
      const auto value = this->value();
      if (!contracts::is_absent(value)) block.points.push_back({place, time(), value});
    }
    return block;
  }

 private:
  std::mt19937 random_;
};

}  // namespace monitron::series
