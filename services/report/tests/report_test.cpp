// Reports: what they say, as CSV and PDF, and that each is made once (M-144, M-147, M-148).

#include "contracts/email_requested.hpp"
#include "db/migrations.hpp"
#include "report/csv.hpp"
#include "report/maker.hpp"
#include "report/pdf.hpp"
#include "report/scheduler.hpp"
#include "series/writer.hpp"
#include "store/maintenance_windows.hpp"
#include "store/outbox.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::report {
namespace {

using namespace std::chrono_literals;

Instant utc(const char* text) { return *parse_rfc3339(text); }
const Instant kFrom = utc("2026-11-20T00:00:00Z");
const Instant kTo = utc("2026-11-21T00:00:00Z");

// A day with an outage of ten minutes at noon.
std::vector<domain::Observation> day_with_outage() {
  std::vector<domain::Observation> seen;
  for (auto time = kFrom; time < kTo; time += 60s) {
    const auto minute = (time - kFrom) / 1min;
    seen.push_back({time, minute < 720 || minute >= 730});
  }
  return seen;
}

store::ReportedCheck check(const std::string& name) {
  return {Uuid::make(), name, "http", "https://shop.example/", "web-1", 60};
}

void note(Findings& findings, const std::string& name,
          const std::vector<domain::Observation>& seen) {
  CheckNotes notes(findings, check(name));
  for (const auto& one : seen) {
    notes.saw(one.time, one.up);
    if (one.up) notes.took(one.time, 0.025);
  }
  notes.close();
}

Findings example(int more_checks = 0) {
  auto findings = *empty_findings(kFrom, kTo, "UTC");
  note(findings, "Shop, \"main\"", day_with_outage());
  note(findings, "=1+1", {});
  for (int i = 0; i < more_checks; ++i) {
    note(findings, "Prüfung № " + std::to_string(i), day_with_outage());
  }
  finish(findings);
  return findings;
}

std::string text_of(const std::string& pdf) {
  const auto path = std::filesystem::temp_directory_path() / (Uuid::make().str() + ".pdf");
  std::ofstream(path, std::ios::binary) << pdf;
  const auto command = "pdftotext -layout " + path.string() + " - 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  while (const auto size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), size);
  }
  EXPECT_EQ(pclose(pipe), 0) << text;
  std::filesystem::remove(path);
  return text;
}

TEST(Csv, IsItsGoldenFile) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) + "/services/report/tests/golden/example.csv",
                     std::ios::binary);
  const std::string golden(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(to_csv(example(1)), golden);
}

// S-10.
TEST(Csv, NoTextIsAFormula) {
  for (const char* evil : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1",
                           "－1", "|calc", "%1"}) {
    auto findings = *empty_findings(kFrom, kTo, "UTC");
    note(findings, evil, {});
    const auto csv = to_csv(findings);
    const auto line = csv.substr(csv.find("\r\n") + 2);
    EXPECT_TRUE(line.starts_with("'") || line.starts_with("\"'")) << line;
  }
}

TEST(Pdf, SaysWhatWasFound) {
  const auto text = text_of(to_pdf(example(), kTo));
  for (const char* part : {"Availability", "99.306 %", "no data", "Outages", "2026-11-20 12:00",
                           "10 min", "page 1 of 1", "25.0 ms"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Pdf, GoesOverManyPages) {
  const auto text = text_of(to_pdf(example(150), kTo));
  EXPECT_NE(text.find("Prüfung № 149"), std::string::npos);
  EXPECT_NE(text.find("page 2 of "), std::string::npos);
}

TEST(Pdf, SaysThatThereIsNothingToSay) {
  const auto findings = *empty_findings(kFrom, kTo, "Asia/Kathmandu");
  const auto text = text_of(to_pdf(findings, kTo));
  EXPECT_NE(text.find("There is nothing to report."), std::string::npos) << text;
  EXPECT_NE(text.find("2026-11-20 05:45 to 2026-11-21 05:45, Asia/Kathmandu"), std::string::npos);
}

// Long names are cut, and nothing breaks on text of any kind.
TEST(Pdf, TakesAnyName) {
  auto findings = *empty_findings(kFrom, kTo, "UTC");
  for (const std::string& name : {std::string(200, 'x'), std::string("a\nb\tc"), std::string(),
                                  std::string("<b>&amp;"), std::string("שלום")}) {
    note(findings, name, day_with_outage());
  }
  finish(findings);
  const auto text = text_of(to_pdf(findings, kTo));
  EXPECT_NE(text.find("page 2 of 2"), std::string::npos) << text;
  EXPECT_NE(text.find("<b>&amp;"), std::string::npos) << text;
}

TEST(Findings, PartsAreHoursOrLocalDays) {
  EXPECT_EQ(empty_findings(kFrom, kTo, "UTC")->parts.size(), 24U);
  // Two days and the hour that the clocks of Berlin repeat.
  const auto days =
      empty_findings(utc("2026-10-23T22:00:00Z"), utc("2026-10-26T23:00:00Z"), "Europe/Berlin");
  ASSERT_EQ(days->parts.size(), 3U);
  EXPECT_EQ(days->part_end(1) - days->parts[1].start, 25h);
  EXPECT_FALSE(empty_findings(kFrom, kTo, "Mars/Olympus"));
}

// Of an hour only the last three minutes are known: that must not look like a whole hour.
TEST(Findings, AShortRangeKeepsWhatIsNotKnownApart) {
  auto findings = *empty_findings(kFrom, kFrom + 1h, "UTC");
  EXPECT_EQ(findings.part_name, "5 minutes");
  ASSERT_EQ(findings.parts.size(), 12U);
  note(findings, "shop", {{kFrom + 57min, true}, {kFrom + 58min, true}, {kFrom + 59min, true}});
  const auto& known = findings.checks.at(0).part_known;
  EXPECT_EQ(known[0], 0.0F);
  EXPECT_NEAR(known[11], 0.6, 0.01);
  EXPECT_NEAR(findings.parts[11].known_share(), 0.6, 0.01);
  EXPECT_NE(text_of(to_pdf(findings, kTo)).find("Available per 5 minutes"), std::string::npos);
}

TEST(Findings, DurationsAndSharesAreReadable) {
  EXPECT_EQ(readable(59s), "59 s");
  EXPECT_EQ(readable(200s), "3 min 20 s");
  EXPECT_EQ(readable(3h + 5min), "3 h 5 min");
  EXPECT_EQ(percent(1.0), "100.00 %");
  EXPECT_EQ(percent(0.9999999), "99.999 %");  // an outage stays visible
  EXPECT_EQ(percent(std::nullopt), "no data");
}

class Reports : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url_, .application_name = "report test"});
    insert_check();
    series::Writer writer({.database_url = url_, .application_name = "report test"});
    series::Load load;
    for (const auto& one : day_with_outage()) {
      domain::CheckResult result;
      result.check_id = CheckId{check_};
      result.slot = one.time;
      result.outcome.status = one.up ? domain::CheckStatus::up : domain::CheckStatus::down;
      result.outcome.duration = 25ms;
      result.outcome.values = {{"probe_icmp_rtt_seconds", {{"stat", "avg"}}, 0.00004},
                               {"probe_icmp_rtt_seconds", {{"stat", "max"}}, 0.5}};
      load.results.push_back(result);
    }
    ASSERT_TRUE(writer.write(load));
  }
  void insert_check() {
    run("INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, labels, "
        "failures_before_down, successes_before_up) VALUES ('" +
        check_.str() + "', 'shop', 'http', 'http://shop/', 60, 10, '{\"team\": \"web\"}', 3, 2)");
  }
  pqxx::result run(const std::string& sql) {
    auto done = pool_->transact([&](pqxx::work& tx) { return tx.exec(sql); });
    if (!done) throw std::runtime_error(done.error().text);
    return *done;
  }
  std::string one(const std::string& sql) { return run(sql)[0][0].c_str(); }
  static contracts::ReportRequested request(const std::string& format) {
    contracts::ReportRequested report;
    report.report_id = ReportId::make();
    report.format = format;
    report.from = kFrom;
    report.to = kTo;
    report.labels = {{"team", "web"}};
    report.recipients = {"a@example.com", "b@example.com"};
    return report;
  }

  std::string url_;
  Uuid check_ = Uuid::make();
  std::optional<db::Pool> pool_;
  service::Metrics metrics_;
};

TEST_F(Reports, AreMadeOnceWithTheirLetters) {
  Maker maker(*pool_, metrics_, system_clock());
  const auto job = contracts::to_message(request("csv"));
  ASSERT_TRUE(maker.take(job));
  ASSERT_TRUE(maker.take(job));  // delivered again
  EXPECT_EQ(one("SELECT state FROM report_runs"), "done");
  EXPECT_EQ(one("SELECT count(*) FROM report_outbox"), "2");
  const auto csv = one("SELECT convert_from(bytes, 'UTF8') FROM report_files");
  EXPECT_NE(
      csv.find("shop,http,http://shop/,,2026-11-20 00:00:00,2026-11-21 00:00:00,UTC,99.30556,85800,"
               "600,0,1,600"),
      std::string::npos)
      << csv;
  const auto letter = contracts::decode_email_requested(
      one("SELECT convert_from(body, 'UTF8') FROM report_outbox"));
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->attachments.at(0).name, "availability-2026-11-20.csv");
}

// Ten minutes of that day were an outage; half of them were maintenance. The window is deleted
// before the report is made: it counts as it was in force.
TEST_F(Reports, LeaveOutMaintenanceThatDoesNotCount) {
  const auto outage = domain::Outage{*parse_rfc3339("2026-11-20T12:00:00Z"),
                                     *parse_rfc3339("2026-11-20T12:10:00Z")};
  store::MaintenanceWindow window;
  window.id = Uuid::make();
  window.name = "move";
  window.selector = {{"team", "web"}, {"check", "shop"}};
  window.once = {outage.from - 55min, outage.from + 5min};
  window.counts_in_sla = false;
  auto other = window;
  other.id = Uuid::make();
  other.selector = {{"team", "other"}};
  auto counted = window;
  counted.id = Uuid::make();
  counted.counts_in_sla = true;
  counted.once = {kFrom, kTo};
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    for (const auto& one : {window, other, counted}) store::insert_maintenance_window(tx, one);
    store::delete_maintenance_window(tx, window.id);
  }));
  Maker maker(*pool_, metrics_, system_clock());
  ASSERT_TRUE(maker.take(contracts::to_message(request("csv"))));
  const auto csv = one("SELECT convert_from(bytes, 'UTF8') FROM report_files");
  EXPECT_NE(csv.find(",UTC,99.63768,82500,300,0,1,300,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",3600\r\n"), std::string::npos) << csv;
  run("DELETE FROM report_files");
  ASSERT_TRUE(maker.take(contracts::to_message(request("pdf"))));
  const pqxx::binarystring bytes(run("SELECT bytes FROM report_files")[0][0]);
  const auto text = text_of(std::string(bytes.get(), bytes.size()));
  EXPECT_NE(text.find("1 h 0 min left out"), std::string::npos) << text;
  EXPECT_NE(text.find("Left out: time of maintenance windows"), std::string::npos) << text;
}

// How long all packets of a ping took, pauses included, is no response time.
TEST_F(Reports, OfAPingTellTheRoundTrip) {
  run("UPDATE checks SET kind = 'icmp', target = 'shop'");
  Maker maker(*pool_, metrics_, system_clock());
  ASSERT_TRUE(maker.take(contracts::to_message(request("csv"))));
  const auto csv = one("SELECT convert_from(bytes, 'UTF8') FROM report_files");
  EXPECT_NE(csv.find(",0.040,0.040,0\r\n"), std::string::npos) << csv;
}

TEST_F(Reports, WhatCannotBeMadeSaysWhy) {
  Maker maker(*pool_, metrics_, system_clock());
  auto report = request("pdf");
  report.time_zone = "Mars/Olympus";
  ASSERT_TRUE(maker.take(contracts::to_message(report)));
  EXPECT_EQ(one("SELECT state || ': ' || error FROM report_runs"),
            "failed: is no time zone: Mars/Olympus");
}

TEST_F(Reports, TroubleOfOurOwnIsNotExplainedToReaders) {
  Maker maker(*pool_, metrics_, system_clock());
  run("ALTER TABLE sources RENAME TO gone");
  ASSERT_TRUE(maker.take(contracts::to_message(request("csv"))));  // trying again would not help
  EXPECT_EQ(one("SELECT state || ': ' || error FROM report_runs"), "failed: internal error");
}

TEST_F(Reports, WhatIsTooSlowIsTriedAgainAndGivenUpInTheEnd) {
  db::Pool hasty({.url = url_,
                  .application_name = "report test",
                  .statement_timeout = std::chrono::milliseconds(100)});
  Maker maker(hasty, metrics_, system_clock());
  auto job = contracts::to_message(request("csv"));
  const auto held = pool_->transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE report_files IN ACCESS EXCLUSIVE MODE");
    const auto slow = maker.take(job);
    ASSERT_FALSE(slow);
    EXPECT_TRUE(is_transient(slow.error().fault));
    job.attempt = 5;
    EXPECT_TRUE(maker.take(job));
  });
  ASSERT_TRUE(held);
  EXPECT_EQ(one("SELECT state || ': ' || error FROM report_runs"),
            "failed: the database was away or too slow, several times");
}

TEST_F(Reports, LettersTellTheEssence) {
  Maker maker(*pool_, metrics_, system_clock());
  auto report = request("csv");
  report.recipients = {"a@example.com", "a@example.com"};
  ASSERT_TRUE(maker.take(contracts::to_message(report)));
  EXPECT_EQ(one("SELECT count(*) FROM report_outbox"), "1");
  const auto letter = contracts::decode_email_requested(
      one("SELECT convert_from(body, 'UTF8') FROM report_outbox"));
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->subject, "Availability report, 2026-11-20: 99.306 % available");
  EXPECT_NE(letter->text.find("1 check, 99.306 % available, 1 outage, down for 10 min in all"),
            std::string::npos)
      << letter->text;
  EXPECT_NE(letter->text.find("99.306 %  shop (1 outage, down for 10 min)"), std::string::npos);
}

// Of two environments, and one check of none.
Findings grouped() {
  auto findings = *empty_findings(kFrom, kTo, "UTC");
  findings.group_by = "env";
  const auto found = [&](const char* name, const std::vector<domain::Observation>& seen,
                         store::Labels labels) {
    note(findings, name, seen);
    findings.checks.back().check.labels = std::move(labels);
  };
  found("lonely", day_with_outage(), {});
  found("calm", {{kFrom, true}}, {{"env", "test"}});
  found("good", {{kFrom, true}}, {{"env", "prod"}});
  found("bad", day_with_outage(), {{"env", "prod"}});
  finish(findings);
  return findings;
}

// M-094: a section for each value of a label, with the figures of all that has it.
TEST(ReportsByLabel, HaveASectionForEachValue) {
  const auto findings = grouped();
  const auto groups = findings.groups();
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].value + " " + groups[1].value + " " + groups[2].value, "prod test ");
  EXPECT_EQ(groups[0].count, 2U);
  EXPECT_EQ(groups[0].whole.outages.size(), 1U);
  EXPECT_EQ(findings.checks[0].check.name, "bad");
  EXPECT_EQ(findings.checks[3].check.name, "lonely");
  const auto csv = to_csv(findings);
  EXPECT_EQ(csv.substr(csv.find("excluded_seconds"), 28), "excluded_seconds,label_env\r\n");
  EXPECT_NE(csv.find("bad,"), std::string::npos);
  EXPECT_NE(csv.find(",prod\r\n"), std::string::npos) << csv;
  const auto text = text_of(to_pdf(findings, kTo));
  const std::size_t places[] = {text.find("Checks by env"), text.find("prod"),  text.find("bad"),
                                text.find("good"),          text.find("test"),  text.find("calm"),
                                text.find("without env"),   text.find("lonely")};
  EXPECT_TRUE(std::is_sorted(std::begin(places), std::end(places))) << text;
  EXPECT_NE(text.find("without env"), std::string::npos) << text;
}

// M-094: from the request to the letter.
TEST_F(Reports, ByALabelTellItInTheLetterToo) {
  Maker maker(*pool_, metrics_, system_clock());
  auto report = request("csv");
  report.group_by = "team";
  report.recipients = {"a@example.com"};
  ASSERT_TRUE(maker.take(contracts::to_message(report)));
  const auto letter = contracts::decode_email_requested(
      one("SELECT convert_from(body, 'UTF8') FROM report_outbox"));
  ASSERT_TRUE(letter);
  EXPECT_NE(letter->text.find("By team:\n  99.306 %  web (1 check, 1 outage)\n"), std::string::npos)
      << letter->text;
  EXPECT_NE(one("SELECT convert_from(bytes, 'UTF8') FROM report_files").find("label_team"),
            std::string::npos);
}

// M-094: labels of a check and of its instance count together.
TEST_F(Reports, AreAboutTheChecksThatHaveTheLabels) {
  const auto instance = Uuid::make().str();
  run("INSERT INTO instances (id, name, hostname, kind, labels) VALUES ('" + instance +
      "', 'web-1', 'web-1', 'server', '{\"env\": \"prod\"}')");
  run("UPDATE checks SET instance_id = '" + instance + "'");
  const auto found = [&](store::Labels labels) {
    return pool_->transact(
        [&](pqxx::work& tx) { return store::reported_checks(tx, labels).size(); });
  };
  EXPECT_EQ(*found({}), 1U);
  EXPECT_EQ(*found({{"team", "web"}}), 1U);
  EXPECT_EQ(*found({{"env", "prod"}}), 1U);
  EXPECT_EQ(*found({{"team", "web"}, {"env", "prod"}}), 1U);
  EXPECT_EQ(*found({{"team", "web"}, {"env", "test"}}), 0U);
}

// Its message was set aside while the database was away for long.
TEST_F(Reports, WhatWasNeverMadeIsAskedForAgain) {
  const auto id = Uuid::make().str();
  run("INSERT INTO report_requests (id, kind, format, from_time, to_time, time_zone, filter, "
      "recipients, requested_by, created_at) VALUES ('" +
      id +
      "', 'availability', 'csv', '2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z', 'UTC', "
      "'{\"team\": \"web\"}', '[]', 'user:1', now() - interval '20 minutes')");
  ASSERT_TRUE(ask_again_for_stalled_reports(*pool_));
  EXPECT_EQ(one("SELECT count(*) FROM report_outbox"), "0");  // in time
  run("UPDATE report_requests SET created_at = now() - interval '1 hour'");
  ASSERT_TRUE(ask_again_for_stalled_reports(*pool_));
  ASSERT_TRUE(ask_again_for_stalled_reports(*pool_));
  ASSERT_EQ(one("SELECT count(*) FROM report_outbox"), "1");
  auto waiting =
      pool_->transact([](pqxx::work& tx) { return store::kReportOutbox.waiting(tx, 1); });
  Maker maker(*pool_, metrics_, system_clock());
  ASSERT_TRUE(maker.take(waiting->front().message));
  EXPECT_EQ(one("SELECT state FROM report_runs WHERE id = '" + id + "'"), "done");
}

TEST_F(Reports, AScheduleHasOneRunPerDay) {
  run("INSERT INTO report_schedules (id, name, kind, format, cadence, at, time_zone, recipients, "
      "created_at, updated_at) VALUES ('" +
      Uuid::make().str() +
      "', 'daily', 'availability', 'pdf', 'daily', '07:30', 'Europe/Berlin', "
      "'[\"a@example.com\"]', "
      "'2026-11-20T12:00:00Z', '2026-11-20T12:00:00Z')");
  ASSERT_TRUE(ask_for_due_reports(*pool_, utc("2026-11-21T06:29:00Z")));
  EXPECT_EQ(one("SELECT count(*) FROM report_runs"), "0");  // made after yesterday's time
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(ask_for_due_reports(*pool_, utc("2026-11-21T06:30:00Z")));
  }
  EXPECT_EQ(one("SELECT count(*) FROM report_runs"), "1");
  EXPECT_EQ(one("SELECT count(*) FROM report_outbox WHERE type = 'report.due'"), "1");
  Maker maker(*pool_, metrics_, system_clock());
  auto waiting =
      pool_->transact([](pqxx::work& tx) { return store::kReportOutbox.waiting(tx, 1); });
  ASSERT_TRUE(waiting && waiting->size() == 1);
  ASSERT_TRUE(maker.take(waiting->front().message));
  EXPECT_EQ(one("SELECT convert_from(substring(bytes from 1 for 5), 'UTF8') FROM report_files"),
            "%PDF-");
}

}  // namespace
}  // namespace monitron::report
