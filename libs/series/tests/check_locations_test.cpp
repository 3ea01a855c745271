// Checks that run from several locations, and what pings leave.

#include "domain/check_verdict.hpp"
#include "fixture.hpp"

#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

using domain::CheckStatus;
using nlohmann::json;

class CheckLocationsTest : public SeriesTest {
 protected:
  domain::CheckResult at(const std::string& location, int second, CheckStatus status) const {
    auto result = result_of(check_, second, status);
    result.location = location;
    result.locations = 3;
    result.quorum = 2;
    result.failures_before_down = 1;
    result.interval = std::chrono::seconds(1);
    return result;
  }
  std::string text(const std::string& sql) {
    return read([&](pqxx::work& tx) { return std::string(tx.exec1(sql)[0].c_str()); });
  }
  std::string verdict() { return text("SELECT status FROM check_verdicts"); }
  std::vector<json> results(ResultQuery query) {
    query.check = check_.value;
    const auto page = read([&](pqxx::work& tx) { return read_results(tx, query); });
    next_ = page.next;
    std::vector<json> list;
    for (const auto& item : page.items) list.push_back(json::parse(item));
    return list;
  }

  const CheckId check_ = CheckId::make();
  std::optional<Position> next_;
};

// A-048, X-18, A-041: one result per check, location and slot.
TEST_F(CheckLocationsTest, AResultIsKnownByCheckLocationAndSlot) {
  auto writer = this->writer();
  const std::vector<domain::CheckResult> load{at("berlin", 0, CheckStatus::up),
                                              at("tokyo", 0, CheckStatus::down)};
  EXPECT_EQ(write(writer, {}, load).results, 2u);
  auto other_writer = this->writer("another");
  auto again = load;
  again[0].outcome.status = CheckStatus::down;  // another worker had it too
  const auto repeated = write(other_writer, {}, again);
  EXPECT_EQ(repeated.results, 0u);
  EXPECT_EQ(repeated.duplicates, 2u);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest"), 2);
  const auto shown = results({});
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[0]["location"], "berlin");
  EXPECT_EQ(shown[0]["status"], "up");
  EXPECT_EQ(shown[0]["reason"], "");
  EXPECT_EQ(shown[1]["location"], "tokyo");
  EXPECT_EQ(shown[1]["reason"], "status 500, expected 200-299");
  EXPECT_EQ(results({.location = "tokyo"}).size(), 1u);
  EXPECT_EQ(count("SELECT count(DISTINCT labels->>'location') FROM series"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM series WHERE NOT labels ? 'location'"), 0);
}

TEST_F(CheckLocationsTest, TheVerdictIsOfTheQuorum) {
  auto writer = this->writer();
  write(writer, {}, {at("a", 0, CheckStatus::up), at("b", 0, CheckStatus::up)});
  EXPECT_EQ(verdict(), "up");
  write(writer, {}, {at("a", 1, CheckStatus::down), at("c", 1, CheckStatus::up)});
  EXPECT_EQ(verdict(), "up");
  write(writer, {}, {at("b", 2, CheckStatus::down)});
  EXPECT_EQ(verdict(), "down");
  EXPECT_EQ(text("SELECT (extract(epoch FROM status_since) * 1000)::bigint FROM check_verdicts"),
            std::to_string(kNow + 2000));
  EXPECT_EQ(count("SELECT count(*) FROM check_events WHERE status = 'down' AND "
                  "previous_status = 'up' AND location = 'b' AND location_status = 'down'"),
            1);
  EXPECT_EQ(text("SELECT string_agg(location || ' ' || status, ', ' ORDER BY location) "
                 "FROM check_latest"),
            "a down, b down, c up");
  // c is left out, d is new.
  write(writer, {}, {at("a", 3, CheckStatus::down), at("b", 3, CheckStatus::up)});
  write(writer, {}, {at("d", 4, CheckStatus::up)});
  EXPECT_EQ(verdict(), "up");
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE location = 'c'"), 0);
}

// What is known of a location that is kept stays; of one that is left out nothing comes back.
TEST_F(CheckLocationsTest, AnEditForgetsWhatIsLeftOutAlone) {
  const auto run_from = [&](const std::string& list) {
    read([&](pqxx::work& tx) {
      tx.exec(
          "INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, labels, "
          "failures_before_down, successes_before_up, locations) VALUES ('" +
          check_.str() + "', 'c', 'http', 'http://c/', 10, 5, '{}', 1, 1, '" + list +
          "') ON CONFLICT (id) DO UPDATE SET locations = excluded.locations");
      return 0;
    });
  };
  const std::string places =
      "SELECT coalesce(string_agg(location || ' ' || status, ', ' ORDER BY location), '') "
      "FROM check_latest";
  auto writer = this->writer();
  run_from(R"(["a", "b", "c"])");
  const auto down = CheckStatus::down;
  write(writer, {}, {at("a", 0, down), at("b", 0, down), at("c", 0, down)});
  EXPECT_EQ(verdict(), "down");
  run_from(R"(["a", "b", "d"])");
  EXPECT_EQ(text(places), "a down, b down");
  write(writer, {}, {at("c", 1, CheckStatus::up), at("d", 1, CheckStatus::up)});
  EXPECT_EQ(text(places), "a down, b down, d up") << "c was under way";
  EXPECT_EQ(verdict(), "down") << "a and b see it down as before";
  run_from(R"(["b"])");
  EXPECT_EQ(text(places), "b down");
  EXPECT_EQ(count("SELECT count(*) FROM check_verdicts"), 0);
  run_from(R"(["c", "d"])");
  EXPECT_EQ(text(places), "");
}

// What was seen before a pause says nothing of now.
TEST_F(CheckLocationsTest, AfterAPauseItBeginsAnew) {
  const auto run = [&](const std::string& sql) {
    read([&](pqxx::work& tx) {
      tx.exec(sql);
      return 0;
    });
  };
  const auto state = [&] { return text("SELECT status FROM check_states"); };
  run("INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, labels, "
      "failures_before_down, successes_before_up, locations) VALUES ('" +
      check_.str() + R"(', 'c', 'http', 'http://c/', 10, 5, '{}', 1, 1, '["a", "b", "c"]'))");
  auto writer = this->writer();
  write(writer, {}, {at("a", 0, CheckStatus::down), at("b", 0, CheckStatus::down)});
  EXPECT_EQ(state(), "down");
  run("UPDATE checks SET enabled = false");
  EXPECT_EQ(state(), "paused");
  write(writer, {}, {at("a", 1, CheckStatus::down)});  // it was under way
  EXPECT_EQ(state(), "paused");
  run("UPDATE checks SET enabled = true");
  EXPECT_EQ(state(), "unknown");
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE status <> 'unknown' OR failures > 0"),
            0);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE last_result->>'status' = 'down'"), 2)
      << "what was seen last can still be read";
  write(writer, {}, {at("a", 2, CheckStatus::up)});
  EXPECT_EQ(state(), "up");
}

// Why a result is unknown can be read of each, and of what an event was made.
TEST_F(CheckLocationsTest, UnknownResultsSayWhy) {
  auto writer = this->writer();
  int second = 0;
  const auto note = [&](CheckStatus status, const std::string& reason) {
    auto result = at("a", second++, status);
    result.outcome.reason = reason;
    result.outcome.warning = status == CheckStatus::up && !reason.empty();
    result.failures_before_down = 3;
    write(writer, {}, {result});
  };
  for (int i = 0; i < 3; ++i) note(CheckStatus::unknown, "name servers are silent");
  note(CheckStatus::unknown, "no network");
  note(CheckStatus::down, "refused");
  note(CheckStatus::up, "");
  note(CheckStatus::up, "expires in 5 days");
  note(CheckStatus::unknown, "no network");
  note(CheckStatus::up, "");
  std::vector<std::string> reasons;
  for (const auto& result : results({})) reasons.push_back(result["reason"]);
  EXPECT_EQ(reasons,
            (std::vector<std::string>{"", "no network", "expires in 5 days", "", "refused",
                                      "no network", "name servers are silent",
                                      "name servers are silent", "name servers are silent"}));
  EXPECT_EQ(count("SELECT count(*) FROM check_events WHERE result_status = 'unknown'"), 3)
      << "what goes on is told once";
  EXPECT_EQ(count("SELECT count(*) FROM check_events WHERE result_status = 'down' "
                  "AND failures = 1 AND failures_before_down = 3 AND location_status = 'unknown'"),
            1);
}

// Two writers, each with half of the locations, count from the same state.
TEST_F(CheckLocationsTest, TwoWritersDecideTogether) {
  auto one = this->writer("one"), other = this->writer("other");
  for (int i = 0; i < 20; ++i) {
    const auto status = i % 2 == 0 ? CheckStatus::down : CheckStatus::up;
    write(one, {}, {at("a", i, status)});
    write(other, {}, {at("b", i, status), at("c", i, status)});
    EXPECT_EQ(verdict(), to_string(status));
  }
}

TEST_F(CheckLocationsTest, AWordAboutSilenceThatWasRefutedLeavesNothing) {
  auto writer = this->writer();
  write(writer, {}, {result_of(check_, 0, CheckStatus::up), result_of(check_, 1, CheckStatus::up)});
  auto word = result_of(check_, 2, CheckStatus::unknown);
  word.outcome.reason = "nothing heard";
  word.if_latest = from_ms(kNow);
  auto written = write(writer, {}, {word});
  EXPECT_EQ(written.refuted, 1u);
  EXPECT_EQ(written.results, 0u);
  EXPECT_EQ(text("SELECT last_status FROM check_latest"), "up");
  word.slot = from_ms(kNow + 3000);
  word.if_latest = from_ms(kNow + 1000);
  EXPECT_EQ(write(writer, {}, {word}).results, 1u);
  EXPECT_EQ(write(writer, {}, {word}).duplicates, 1u);
  EXPECT_EQ(text("SELECT status FROM check_latest"), "up");
  word.slot = from_ms(kNow + 4000);
  write(writer, {}, {word});
  EXPECT_EQ(text("SELECT status FROM check_latest"), "unknown");
  // The result of that slot is not in its way, and nothing was run that it could be taken for.
  EXPECT_EQ(write(writer, {}, {result_of(check_, 4, CheckStatus::up)}).results, 1u);
  EXPECT_EQ(results({}).size(), 3u);
  write(writer, {}, {result_of(check_, 5, CheckStatus::up)});
  EXPECT_EQ(text("SELECT status FROM check_latest"), "up");
  // A heartbeat that did not come is a failure that counts.
  word = result_of(check_, 6, CheckStatus::down);
  word.if_latest = from_ms(kNow + 5000);
  write(writer, {}, {word});
  EXPECT_EQ(results({.limit = 1}).front()["status"], "down");
}

TEST_F(CheckLocationsTest, PagesOfResultsAreExact) {
  auto writer = this->writer();
  std::vector<domain::CheckResult> load;
  for (int i = 0; i < 5; ++i) {
    for (const char* location : {"a", "b", "c"}) load.push_back(at(location, i, CheckStatus::up));
  }
  write(writer, {}, load);
  std::vector<std::string> seen;
  ResultQuery query;
  query.limit = 2;
  do {
    for (const auto& one : results(query)) {
      seen.push_back(one["scheduled_at"].get<std::string>() + one["location"].get<std::string>());
    }
    query.after = next_;
  } while (next_);
  ASSERT_EQ(seen.size(), 15u);
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 15u);
  EXPECT_EQ(seen[0], to_rfc3339(from_ms(kNow + 4000)) + "a");
  EXPECT_EQ(seen[14], to_rfc3339(from_ms(kNow)) + "c");
}

// Every slot is a result or was missed for a reason.
class MissedSlotsTest : public CheckLocationsTest {
 protected:
  void SetUp() override {
    CheckLocationsTest::SetUp();
    if (IsSkipped()) return;
    read([&](pqxx::work& tx) {
      tx.exec(
          "INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, "
          "labels, failures_before_down, successes_before_up) VALUES ('" +
          check_.str() + "', 'c', 'http', 'http://c/', 10, 5, '{}', 1, 1)");
      return 0;
    });
  }
  static domain::MissedSlots missed(std::optional<CheckId> check, int from, int to,
                                    domain::MissReason reason = domain::MissReason::overrun) {
    return {check, "default", from_ms(kNow + from * 1000LL), from_ms(kNow + to * 1000LL), reason};
  }
  void note(Writer& writer, std::vector<domain::MissedSlots> intervals) {
    Load load;
    load.missed = std::move(intervals);
    const auto done = writer.write(load);
    ASSERT_TRUE(done) << done.error().text;
  }
  std::string intervals() {
    return text(
        "SELECT coalesce(string_agg(extract(epoch FROM from_time)::bigint - 1700000000 || "
        "'-' || extract(epoch FROM to_time)::bigint - 1700000000 || ' ' || reason, ', ' "
        "ORDER BY from_time, reason), '') FROM missed_slots");
  }
};

TEST_F(MissedSlotsTest, SlotsThatFollowEachOtherAreOneInterval) {
  auto writer = this->writer();
  note(writer, {missed(check_, 0, 0), missed(check_, 10, 10)});
  note(writer, {missed(check_, 20, 30)});
  EXPECT_EQ(intervals(), "0-30 overrun");
  note(writer, {missed(check_, 50, 50), missed(check_, 30, 30, domain::MissReason::late)});
  EXPECT_EQ(intervals(), "0-30 overrun, 30-30 late, 50-50 overrun");
  note(writer, {missed(check_, 40, 40)});  // what lay between
  EXPECT_EQ(intervals(), "0-50 overrun, 30-30 late");
}

TEST_F(MissedSlotsTest, WhatComesAgainChangesNothing) {
  auto writer = this->writer();
  const std::vector<domain::MissedSlots> told{
      missed(check_, 0, 20), missed(std::nullopt, 5, 7, domain::MissReason::no_scheduler),
      missed(check_, 100, 100)};
  note(writer, told);
  const auto before = text("SELECT string_agg(id::text, ' ' ORDER BY id) FROM missed_slots");
  auto other = this->writer("other");
  note(other, told);
  note(other, {missed(check_, 10, 10)});
  EXPECT_EQ(text("SELECT string_agg(id::text, ' ' ORDER BY id) FROM missed_slots"), before);
  note(writer, {missed(std::nullopt, 7, 9, domain::MissReason::no_scheduler)});
  EXPECT_EQ(intervals(), "0-20 overrun, 5-9 no_scheduler, 100-100 overrun");
}

TEST_F(MissedSlotsTest, WhatIsOldIsForgotten) {
  auto writer = this->writer();
  note(writer, {missed(check_, 0, 0)});  // in 2023
  const auto now = system_clock().now();
  note(writer, {{check_, "default", now, now, domain::MissReason::late}});
  ASSERT_TRUE(writer.keep_house(now));
  EXPECT_EQ(count("SELECT count(*) FROM missed_slots"), 1);
}

TEST_F(MissedSlotsTest, ResultsAreKnownBySlotAndLocation) {
  auto writer = this->writer();
  write(
      writer, {},
      {at("a", 0, CheckStatus::up), at("b", 0, CheckStatus::unknown), at("b", 1, CheckStatus::up)});
  const auto slots = read([&](pqxx::work& tx) {
    return read_result_slots(tx, check_.value, "a", from_ms(kNow), from_ms(kNow + 2000));
  });
  const std::map<std::string, std::vector<Instant>> expected{
      {"a", {from_ms(kNow)}}, {"b", {from_ms(kNow), from_ms(kNow + 1000)}}};
  EXPECT_EQ(slots, expected);
}

class PingResultsTest : public CheckLocationsTest {
 protected:
  // Round trips in milliseconds; nothing: lost.
  domain::CheckResult ping(int second, const std::vector<std::optional<double>>& packets) const {
    auto result = result_of(check_, second, CheckStatus::up);
    auto& values = result.outcome.values;
    int number = 0, received = 0;
    double sum = 0;
    for (const auto& packet : packets) {
      ++number;
      if (!packet) continue;
      ++received;
      sum += *packet;
      values.push_back(
          {std::string(domain::kPacketRtt), {{"seq", std::to_string(number)}}, *packet / 1e3});
    }
    values.push_back({"probe_icmp_packets_sent", {}, static_cast<double>(number)});
    values.push_back({"probe_icmp_packets_received", {}, static_cast<double>(received)});
    if (received > 0) {
      values.push_back({"probe_icmp_rtt_seconds", {{"stat", "avg"}}, sum / received / 1e3});
      values.push_back({"probe_icmp_rtt_seconds", {{"stat", "jitter"}}, 0.002417696});
    } else {
      result.outcome.status = CheckStatus::down;
    }
    return result;
  }
  static ResultQuery query() { return {.ping = PingedHost{"gateway", "192.0.2.1", 5}}; }
};

// A-002 … A-005, A-040, X-13.
TEST_F(PingResultsTest, APingTellsOfEveryPacket) {
  auto writer = this->writer();
  write(writer, {}, {ping(0, {1.5, 2.5, std::nullopt, 0.123456, 4})});
  const auto shown = results(query()).at(0);
  EXPECT_EQ(shown["host_name"], "gateway");
  EXPECT_EQ(shown["host_address"], "192.0.2.1");
  EXPECT_EQ(shown["timestamp"], to_rfc3339(from_ms(kNow)));
  EXPECT_EQ(shown["success_count"], 4);
  EXPECT_EQ(shown["failure_count"], 1);
  EXPECT_EQ(shown["success_rate"], 80.0);
  EXPECT_EQ(shown["loss_rate"], 20.0);
  EXPECT_EQ(shown["avg_latency"], 2.030864);
  EXPECT_EQ(shown["rtts"], json::parse("[1.5, 2.5, null, 0.123456, 4.0]"));
  EXPECT_EQ(shown["jitter"], 2.417696);
  EXPECT_EQ(shown["values"].size(), 4u) << "packets are told once";
}

// A-049.
TEST_F(PingResultsTest, AFailedPingSucceededInNone) {
  auto writer = this->writer();
  auto unresolved = result_of(check_, 1, CheckStatus::down);
  write(writer, {},
        {ping(0, std::vector<std::optional<double>>(5)), unresolved,
         result_of(check_, 2, CheckStatus::unknown)});
  const auto shown = results(query());
  ASSERT_EQ(shown.size(), 3u);
  EXPECT_EQ(shown[0]["success_rate"], nullptr) << "it could not be run";
  EXPECT_EQ(shown[0]["failure_count"], nullptr);
  for (const auto& failed : {shown[1], shown[2]}) {
    EXPECT_EQ(failed["success_count"], 0);
    EXPECT_EQ(failed["failure_count"], 5);
    EXPECT_EQ(failed["success_rate"], 0.0);
    for (const char* latency : {"min_latency", "max_latency", "avg_latency", "median_latency"}) {
      EXPECT_EQ(failed[latency], nullptr);
    }
    EXPECT_EQ(failed["rtts"], json::parse("[null, null, null, null, null]"));
  }
}

// A-042: what is read of a host's pings of some hours is found by indexes, whatever else is stored.
TEST_F(PingResultsTest, AHostsPingsAreFoundByIndexes) {
  auto writer = this->writer();
  write(writer, {}, {ping(0, {1.5, 2.5})});
  const auto id = "'" + check_.str() + "'";
  const std::string hours = "BETWEEN to_timestamp(1700000000) AND to_timestamp(1700009000)";
  for (const auto& sql :
       {std::string("FROM series WHERE source_id = 1"),
        "FROM chunks WHERE tier = 4 AND series_id = 1 AND start " + hours,
        "FROM staging WHERE source_id = 1 AND time " + hours,
        "FROM check_events WHERE check_id = " + id + " AND location = 'a' AND at " + hours,
        "FROM check_latest WHERE check_id = " + id,
        "FROM missed_slots WHERE check_id = " + id + " AND location = 'a' AND to_time " + hours}) {
    const auto plan = read([&](pqxx::work& tx) {
      tx.exec("SET LOCAL enable_seqscan = off");
      std::string text;
      for (const auto& row : tx.exec("EXPLAIN SELECT 1 " + sql)) text += row[0].c_str();
      return text;
    });
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << sql << plan;
  }
}

// X-13: whichever packets are lost, results of a check have few layouts.
TEST_F(PingResultsTest, LossMakesNoNewLayouts) {
  auto writer = this->writer();
  for (int i = 0; i < 31; ++i) {
    std::vector<std::optional<double>> packets;
    for (int bit = 0; bit < 5; ++bit) {
      packets.push_back((i >> bit & 1) == 0 ? std::optional(1.0 + bit) : std::nullopt);
    }
    write(writer, {}, {ping(i, packets)});
  }
  EXPECT_EQ(count("SELECT count(*) FROM layouts"), 1);
  const auto shown = results({.ping = query().ping, .limit = 31});
  EXPECT_EQ(shown.at(0)["rtts"], json::parse("[1.0, null, null, null, null]"));  // 30: 11110
}

}  // namespace
}  // namespace monitron::series
