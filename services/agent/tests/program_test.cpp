// The built agent against a door that misbehaves: what is measured arrives once and in order.

#include "agent/tests/store.hpp"
#include "contracts/compression.hpp"
#include "contracts/telemetry.hpp"
#include "http/client.hpp"
#include "testkit/tool_server.hpp"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace monitron::agent {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

void expect_every_number_once_in_order(const std::vector<Store::Kept>& kept,
                                       const std::set<std::uint64_t>& left_out = {}) {
  std::uint64_t expected = 1;
  for (const auto& one : kept) {
    while (left_out.contains(expected)) ++expected;
    ASSERT_EQ(one.batch.id.seq, expected);
    ++expected;
  }
}

// M-012, C-031 … C-035, M-050 … M-054.
TEST(AgentProgram, BringsFiveFamiliesWithTheLabelsGiven) {
  Store store;
  FakeDoor door(std::ref(store));
  StateDir state;
  auto arguments = flags(door, state);
  for (const char* word : {"--service", "postgres-prod", "--host", "db-1", "--deployment", "v1.2.3",
                           "--env", "production", "--region", "eu-west", "--label", "team=data"}) {
    arguments.emplace_back(word);
  }
  Program agent(arguments, state.path() + "/log");
  ASSERT_TRUE(store.wait_for(3)) << read_file(state.path() + "/log");
  const auto last = store.kept().back();
  EXPECT_EQ(last.batch.id.source.str(), kServerId);
  const auto all = series_of(last);
  for (const char* name :
       {"node_cpu_usage_ratio", "node_load1", "node_memory_MemAvailable_bytes",
        "node_filesystem_avail_bytes", "node_filesystem_free_bytes", "node_disk_read_bytes_total",
        "node_network_receive_bytes_total", "process_cpu_usage_ratio",
        "process_resident_memory_bytes", "process_count", "node_memory_used_ratio",
        "node_filesystem_used_ratio", "node_boot_time_seconds", "monitron_agent_info"}) {
    EXPECT_TRUE(all.contains(name)) << name;
  }
  EXPECT_EQ(all.count("node_cpu_usage_ratio"),
            1u + static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  for (const auto& [name, labels] : all) {
    EXPECT_EQ(labels.at("service"), "postgres-prod") << name;
    EXPECT_EQ(labels.at("host"), "db-1") << name;
    EXPECT_EQ(labels.at("deployment"), "v1.2.3") << name;
    EXPECT_EQ(labels.at("env"), "production") << name;
    EXPECT_EQ(labels.at("region"), "eu-west") << name;
    EXPECT_EQ(labels.at("team"), "data") << name;
    EXPECT_FALSE(labels.contains("pid")) << name << ": a series that ends with its process";
  }
  EXPECT_NE(store.enrolment.find("\"enrolment_token\":\"join-me\""), std::string::npos);
  EXPECT_NE(store.enrolment.find("\"hostname\":\"db-1\""), std::string::npos);
}

// M-055: one of two programs hangs.
TEST(AgentProgram, TellsWhatProgramsTellOfThemselves) {
  Store store;
  FakeDoor door(std::ref(store));
  std::atomic<int> asked = 0;
  auto program = std::make_unique<FakeDoor>([&](const DoorRequest& request) -> DoorAnswer {
    EXPECT_EQ(request.path, "/metrics");
    ++asked;
    return {200, "# TYPE shop_orders_total counter\nshop_orders_total{x=\"y\"} 7\n", {}};
  });
  FakeDoor slow([](const DoorRequest&) { return DoorAnswer{200, "a 1\n", {}, false, 3000}; });
  StateDir state;
  auto arguments = flags(door, state);
  for (const auto& word : {std::string("--scrape"), "shop=" + program->url() + "/metrics",
                           std::string("--scrape"), "slow=" + slow.url() + "/"}) {
    arguments.push_back(word);
  }
  Program agent(arguments, state.path() + "/log");
  const auto told = [&](const std::string& name) { return last_value(store.kept(), "shop", name); };
  const auto comes = [&](const std::string& name, double value) {
    for (std::size_t batches = 1; batches < 300; ++batches) {
      if (!store.wait_for(batches)) return false;
      if (told(name) == value) return true;
    }
    return false;
  };
  EXPECT_TRUE(comes("up", 1)) << read_file(state.path() + "/log");
  EXPECT_EQ(told("shop_orders_total"), 7);
  EXPECT_EQ(told("scrape_samples_scraped"), 1);
  ASSERT_TRUE(store.wait_for(5)) << "nobody waits for the one that hangs";
  std::size_t metadata = 0;
  for (const auto& one : store.kept()) metadata += one.batch.metadata.size();
  EXPECT_EQ(metadata, 1u) << "what is known of a metric is told once";
  program.reset();
  EXPECT_TRUE(comes("up", 0));
  EXPECT_NE(read_file(state.path() + "/log").find("scrape.failed"), std::string::npos);
}

// M-084: pulled, as by Prometheus.
TEST(AgentProgram, ServesWhatItMeasuredLast) {
  Store store;
  FakeDoor door(std::ref(store));
  StateDir state;
  auto arguments = flags(door, state);
  const auto address = "127.0.0.1:" + std::to_string(testkit::free_ports(1));
  arguments.insert(arguments.end(), {"--probes-address", address, "--env", "production"});
  Program agent(arguments, state.path() + "/log");
  ASSERT_TRUE(store.wait_for(2)) << read_file(state.path() + "/log");
  const auto all = http::fetch({.url = "http://" + address + "/metrics"});
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_EQ(all->status, 200);
  for (const auto& [name, labels] : series_of(store.kept().front())) {
    EXPECT_NE(all->body.find("\n" + name + "{"), std::string::npos) << name;
  }
  EXPECT_NE(all->body.find("# TYPE node_load1 gauge\nnode_load1{env=\"production\""),
            std::string::npos);
  EXPECT_EQ(http::fetch({.url = "http://" + address + "/readyz"})->status, 200);
}

TEST(AgentProgram, KeepsItsIdentityForTheOwnerAloneAndNeedsNoTokenLater) {
  Store store;
  FakeDoor door(std::ref(store));
  StateDir state;
  {
    Program agent(flags(door, state), state.path() + "/log");
    ASSERT_TRUE(store.wait_for(1));
    EXPECT_EQ(agent.terminate(), 0);
  }
  struct stat stats {};
  ASSERT_EQ(::stat((state.path() + "/agent/identity.json").c_str(), &stats), 0);
  EXPECT_EQ(stats.st_mode & 0777, 0600u);
  const auto before = store.kept().size();
  Program agent(
      {"--server", door.url(), "--state-dir", state.path() + "/agent", "--interval", "0.1"},
      state.path() + "/log");
  EXPECT_TRUE(store.wait_for(before + 2));
  const auto log = read_file(state.path() + "/log");
  EXPECT_EQ(log.find("secret-token"), std::string::npos) << "a token in the log";
  EXPECT_EQ(log.find("join-me"), std::string::npos);
}

TEST(AgentProgram, SurvivesADoorThatMisbehavesInEveryWay) {
  Store store;
  std::set<std::uint64_t> refused;
  store.fault = [&](const contracts::Batch& batch, int request) -> std::optional<DoorAnswer> {
    switch (request) {
      case 1:
        return DoorAnswer{503, "", "Retry-After: 0\r\n"};
      case 3:
        return DoorAnswer{500, "", ""};
      case 5:
        return DoorAnswer{202, "", "", true};  // stored, but the answer is lost
      case 7:
        return DoorAnswer{503, "", "", true};  // not stored, connection cut
      case 9:
        return DoorAnswer{429, "", "Retry-After: 1\r\n"};
      case 11:
        return DoorAnswer{202, "", "", true, 300};  // stored, hangs, then cut
      case 13:
        store.forget_dictionaries();
        return std::nullopt;
      case 16:
        return DoorAnswer{401, "", ""};
      case 18:
        refused.insert(batch.id.seq);
        return DoorAnswer{400, "bad time", ""};
      case 20:
        refused.insert(batch.id.seq);
        return DoorAnswer{413, "too large", ""};
      default:
        return std::nullopt;
    }
  };
  FakeDoor door(std::ref(store));
  StateDir state;
  Program agent(flags(door, state), state.path() + "/log");
  ASSERT_TRUE(store.wait_for(60)) << read_file(state.path() + "/log");
  EXPECT_EQ(agent.terminate(), 0);
  EXPECT_EQ(refused.size(), 2u);
  expect_every_number_once_in_order(store.kept(), refused);
  EXPECT_GE(store.duplicates, 2) << "the two whose answers were lost came again";
  EXPECT_EQ(store.changed_bytes, 0) << "and with the same bytes";
  std::size_t quarantined = 0;
  std::string reasons;
  for (const auto& entry : fs::directory_iterator(state.path() + "/agent/quarantine")) {
    quarantined += entry.path().extension() == ".batch" ? 1 : 0;
    if (entry.path().extension() == ".reason") reasons += read_file(entry.path().string());
  }
  EXPECT_EQ(quarantined, 2u);
  EXPECT_NE(reasons.find("HTTP 400: bad time"), std::string::npos) << reasons;
}

TEST(AgentProgram, SpoolsWhileTheServerIsAwayAndCatchesUp) {
  Store store;
  auto door = std::make_unique<FakeDoor>(std::ref(store));
  const int port = door->port();
  StateDir state;
  Program agent(flags(*door, state), state.path() + "/log");
  ASSERT_TRUE(store.wait_for(2));
  door.reset();
  const auto before = store.kept().size();
  std::this_thread::sleep_for(2s);  // the time the server is away is the story itself
  door = std::make_unique<FakeDoor>(std::ref(store), port);
  ASSERT_TRUE(store.wait_for(before + 20));
  expect_every_number_once_in_order(store.kept());
}

// F1: kill -9 at any moment, the door there or not. M-068.
TEST(AgentProgram, LosesNothingAndDoublesNothingUnderKill9) {
  Store store;
  std::atomic<bool> away = false;
  store.fault = [&](const contracts::Batch&, int request) -> std::optional<DoorAnswer> {
    if (away || request % 7 == 3) return DoorAnswer{503, "", "Retry-After: 0\r\n"};
    if (request % 11 == 5) return DoorAnswer{202, "", "", true};
    return std::nullopt;
  };
  FakeDoor door(std::ref(store));
  StateDir state;
  std::mt19937 chance(42);
  for (int round = 0; round < 25; ++round) {
    away = chance() % 2 == 0;
    Program agent(flags(door, state), state.path() + "/log");
    std::this_thread::sleep_for(std::chrono::milliseconds(chance() % 600));
    agent.kill_hard();
  }
  away = false;
  Program agent(flags(door, state), state.path() + "/log");
  ASSERT_TRUE(store.wait_for(store.kept().size() + 30));
  const auto kept = store.kept();
  expect_every_number_once_in_order(kept);
  EXPECT_EQ(store.changed_bytes, 0);
  std::set<std::array<std::uint8_t, 16>> epochs;
  for (const auto& one : kept) epochs.insert(one.batch.id.epoch);
  EXPECT_GT(epochs.size(), 3u) << "several of the killed runs had measured";
}

// F9: the kernel may have thrown away what an fsync failed for; going on would be a lie.
TEST(AgentProgram, EndsWhenTheDiskDoesNotKeepWhatIsWrittenAndLosesNothingBefore) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be loaded first";
#endif
  Store store;
  FakeDoor door(std::ref(store));
  StateDir state;
  const auto trigger = state.path() + "/broken";
  {
    Program agent(flags(door, state), state.path() + "/log",
                  {"LD_PRELOAD=" MONITRON_BINARY_DIR "/tests/libfailing_sync.so",
                   "FAILING_SYNC_WHEN=" + trigger});
    ASSERT_TRUE(store.wait_for(3)) << read_file(state.path() + "/log");
    std::ofstream(trigger) << "now";
    EXPECT_EQ(agent.wait_for_end(), 74);
    EXPECT_NE(read_file(state.path() + "/log").find("spool.failed"), std::string::npos);
  }
  Program agent(flags(door, state), state.path() + "/log");
  ASSERT_TRUE(store.wait_for(store.kept().size() + 5));
  expect_every_number_once_in_order(store.kept());
}

// For people: nothing is asked of a server, nothing is kept.
TEST(AgentProgram, PrintsOnceWhatItMeasures) {
  const StateDir dir;
  Program agent({"--once", "--print", "--env", "a \"b\"", "--state-dir", dir.path() + "/none"},
                dir.path() + "/out");
  EXPECT_EQ(agent.wait_for_end(), 0);
  const auto text = read_file(dir.path() + "/out");
  for (const auto* part :
       {"# HELP node_load1 Load average of 1 minute.\n# TYPE node_load1 gauge\nnode_load1{env=",
        "node_cpu_usage_ratio{core=\"total\",env=\"a \\\"b\\\"\"",
        "# TYPE node_netstat_Tcp_ActiveOpens counter\n", "node_cpu_seconds_total{cpu=\"0\"",
        "node_pressure_cpu_waiting_seconds_total{", "process_count{command="}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/none"));
}

// C-043, C-050: without any flag and any server it starts; it waits for a token and ends well.
TEST(AgentProgram, StartsWithoutAnyFlag) {
  StateDir state;
  const auto log = state.path() + "/log";
  Program agent({}, log,
                {"HOME=" + state.path(), "XDG_STATE_HOME=" + state.path(),
                 "MONITRON_AGENT_STATE_DIR=" + state.path() + "/agent"});
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (read_file(log).find("agent.not_enrolled") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_NE(read_file(log).find("\"event\":\"agent.started\""), std::string::npos)
      << read_file(log);
  EXPECT_EQ(agent.terminate(), 0);
}

// M-059: memory as the kernel divides it, and processor time per round of ten seconds. Without
// connections, of which this machine has as many as other tests make.
TEST(AgentProgram, IsLight) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer is heavier than the agent";
#endif
  Store store;
  FakeDoor door(std::ref(store));
  StateDir state;
  auto arguments = flags(door, state);
  arguments.emplace_back("--no-connections");
  Program agent(arguments, state.path() + "/log");
  ASSERT_TRUE(store.wait_for(50));
  const auto rollup = read_file("/proc/" + std::to_string(agent.pid()) + "/smaps_rollup");
  const auto kilobytes = [&](const std::string& name) {
    return std::stol(rollup.substr(rollup.find("\n" + name + ":") + name.size() + 2));
  };
  std::string stat = read_file("/proc/" + std::to_string(agent.pid()) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  const double ms_per_round = (user + system) * 10 / static_cast<double>(store.kept().size());
  std::printf("%ld kB resident, %ld kB of them its own, %.2f ms of processor time per round\n",
              kilobytes("Rss"), kilobytes("Anonymous"), ms_per_round);
  EXPECT_LT(kilobytes("Rss"), 20'000) << "most of it libraries, which others may use, too";
  EXPECT_LT(kilobytes("Anonymous"), 5'000);
  EXPECT_LT(ms_per_round, 100) << "one per cent of a core, measuring every ten seconds";
}

// M-059
TEST(AgentProgram, SaysLittleOnceItsSeriesAreKnown) {
  Store store;
  FakeDoor door(std::ref(store));
  StateDir state;
  auto arguments = flags(door, state);
  arguments.insert(arguments.end(), {"--no-connections", "--top-processes", "0"});
  Program agent(arguments, state.path() + "/log");
  ASSERT_TRUE(store.wait_for(30));
  std::vector<double> sizes;
  for (const auto& one : store.kept()) {
    const auto series = one.batch.blocks.at(0).series_count;
    sizes.push_back(200.0 * static_cast<double>(one.sent_bytes) / series);
  }
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin() + 1, middle, sizes.end());
  std::printf("200 series: %.0f bytes at first, %.0f then\n", sizes.front(), *middle);
  EXPECT_LT(*middle, 1024);
}

TEST(AgentProgram, RefusesPlainHttpToOtherMachinesAndNamesEveryMistake) {
  StateDir state;
  const auto log = state.path() + "/log";
  Program agent({"--server", "http://monitor.example.com", "--label", "nonsense"}, log);
  EXPECT_EQ(agent.wait_for_end(), 78);
  const auto text = read_file(log);
  EXPECT_NE(text.find("--server http://monitor.example.com"), std::string::npos) << text;
  EXPECT_NE(text.find("--label nonsense"), std::string::npos) << text;
}

}  // namespace
}  // namespace monitron::agent
