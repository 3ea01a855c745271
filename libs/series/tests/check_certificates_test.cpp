// The certificates that checks were shown (M-127).

#include "fixture.hpp"

namespace monitron::series {
namespace {

class CheckCertificatesTest : public SeriesTest {
 protected:
  domain::CheckResult shown(int second, const std::string& sha256, const std::string& end) const {
    auto result = result_of(check_, second, domain::CheckStatus::up);
    result.location = "berlin";
    result.outcome.details = {{"certificate_sha256", sha256},
                              {"certificate_not_after", end},
                              {"certificate_names", "a.example, b.example"},
                              {"response_head", "HTTP/1.1 200 OK"}};
    return result;
  }
  std::string known() {
    return read([&](pqxx::work& tx) {
      return std::string(
          tx.exec1("SELECT COALESCE(string_agg(concat_ws(' ', sha256, names, "
                   "(extract(epoch FROM first_seen) * 1000)::bigint - " +
                   std::to_string(kNow) +
                   ", (extract(epoch FROM not_after))::bigint, problems), '; ' ORDER BY check_id), "
                   "'') FROM check_certificates")[0]
              .c_str());
    });
  }

  const CheckId check_ = CheckId::make();
};

TEST_F(CheckCertificatesTest, AreWrittenWhenTheyAreOthers) {
  auto writer = this->writer();
  write(writer, {}, {shown(0, "aa", "2030-01-01T00:00:00Z")});
  EXPECT_EQ(known(), "aa a.example, b.example 0 1893456000 ");
  const auto version = [&] { return count("SELECT xmin::text::bigint FROM check_certificates"); };
  const auto first = version();
  write(writer, {}, {shown(1, "aa", "2030-01-01T00:00:00Z")});
  EXPECT_EQ(version(), first) << "nothing was written";
  auto expired = shown(2, "aa", "2030-01-01T00:00:00Z");
  expired.outcome.details["certificate_problems"] = "expired";
  write(writer, {}, {expired});
  EXPECT_EQ(known(), "aa a.example, b.example 0 1893456000 expired");
  write(writer, {}, {shown(3, "bb", "2031-01-01T00:00:00Z")});
  EXPECT_EQ(known(), "bb a.example, b.example 3000 1924992000 ");
  EXPECT_EQ(count("SELECT count(*) FROM check_certificates WHERE detail ? 'response_head'"), 0);
}

TEST_F(CheckCertificatesTest, AStrangeOneHarmsNoOther) {
  auto writer = this->writer();
  const auto good = shown(0, "aa", "2030-01-01T00:00:00Z");
  auto ancient = shown(0, "cc", "0001-01-01T00:00:00Z");
  ancient.check_id = CheckId::make();
  ancient.outcome.details["certificate_names"] = std::string("a\0\xff.example", 11);
  auto odd = shown(0, "dd", "tomorrow");
  odd.check_id = CheckId::make();
  EXPECT_EQ(write(writer, {}, {good, ancient, odd}).results, 3u);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM check_certificates"), 2);
}

TEST_F(CheckCertificatesTest, GoWithTheLocationThatSawThem) {
  auto writer = this->writer();
  write(writer, {}, {shown(0, "aa", "2030-01-01T00:00:00Z")});
  read([&](pqxx::work& tx) { return tx.exec0("DELETE FROM check_latest").affected_rows(); });
  EXPECT_EQ(known(), "");
}

}  // namespace
}  // namespace monitron::series
