// The worker with real loops and probes; only the broker is a list in memory.

#include "checker/worker.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

// Listens and never accepts: the kernel completes connections by itself.
class Listener {
 public:
  explicit Listener(int backlog = 1000) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    listen(fd_, backlog);
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    target_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Listener() { close(fd_); }
  const std::string& target() const { return target_; }
  void widen() const { listen(fd_, 1000); }

 private:
  int fd_;
  std::string target_;
};

// Its queue of connections is full: more get no answer, as behind a filter.
class SilentPort {
 public:
  SilentPort() : listener_(0) {
    for (int i = 0; i < 2; ++i) {
      fillers_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const auto& target = listener_.target();
      address.sin_port =
          htons(static_cast<std::uint16_t>(std::stoi(target.substr(target.rfind(':') + 1))));
      (void)connect(fillers_.back(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
    }
  }
  ~SilentPort() {
    for (const int fd : fillers_) close(fd);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  const std::string& target() const { return listener_.target(); }
  void answer() const { listener_.widen(); }

 private:
  Listener listener_;
  std::vector<int> fillers_;
};

class Broker {
 public:
  ResultSender::Publish publish() {
    return [this](const contracts::Message& message, const ResultSender::Completion& done) {
      bool good = false;
      {
        const std::lock_guard lock(mutex_);
        good = refusals_ == 0;
        if (!good) --refusals_;
        auto decoded = contracts::decode_check_results(message.body);
        for (auto& result : decoded->results) {
          if (good) results_.push_back(std::move(result));
        }
        for (auto& missed : decoded->missed) {
          if (good) missed_.push_back(std::move(missed));
        }
      }
      done(good ? Result<void>{} : fail(Fault::unavailable, "away"));
      changed_.notify_all();
      return true;
    };
  }
  void refuse(int times) { refusals_ = times; }
  void finished() {
    {
      const std::lock_guard lock(mutex_);
      ++finished_;
    }
    changed_.notify_all();
  }
  bool wait_for(std::size_t results, int finished, std::chrono::milliseconds patience = 10s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience,
                             [&] { return results_.size() >= results && finished_ >= finished; });
  }
  std::vector<domain::CheckResult> results() {
    const std::lock_guard lock(mutex_);
    return results_;
  }
  std::vector<domain::MissedSlots> missed() {
    const std::lock_guard lock(mutex_);
    return missed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<domain::MissedSlots> missed_;
  std::vector<domain::CheckResult> results_;
  int refusals_ = 0;
  int finished_ = 0;
};

struct Stage {
  explicit Stage(std::size_t in_flight = 100, std::size_t loops = 2,
                 std::vector<std::string> guards = {}, bool traceroute = false,
                 const std::string& denied = {})
      : worker({loops, in_flight, "here", std::move(guards), traceroute}, settings(denied), sender,
               {[](double) {},
                [this](domain::MissReason reason) {
                  const std::lock_guard lock(mutex);
                  ++skipped[reason];
                },
                [this](const domain::CheckResult&) {
                  const std::lock_guard lock(mutex);
                  most_running = std::max(most_running, worker.running() + 1);
                }}) {}
  static probe::EngineSettings settings(const std::string& denied) {
    probe::EngineSettings::Wishes wishes;
    if (!denied.empty()) wishes.denied_networks.push_back(denied);
    return *probe::EngineSettings::make(wishes);
  }
  int skips(domain::MissReason reason) {
    const std::lock_guard lock(mutex);
    return skipped[reason];
  }

  std::mutex mutex;
  std::map<domain::MissReason, int> skipped;
  std::size_t most_running = 0;
  Broker broker;
  ResultSender sender{"worker-1", broker.publish()};
  Worker worker;
};

domain::CheckDefinition tcp_check(const std::string& target) {
  domain::CheckDefinition check;
  check.id = CheckId::make();
  check.name = "tcp";
  check.use<domain::TcpSettings>();
  check.target = target;
  check.timeout = 2s;
  return check;
}

contracts::CheckSlice slice_of(int jobs, const std::string& target, Instant slot) {
  contracts::CheckSlice slice{"default", slot, 0, 1, {}};
  for (int i = 0; i < jobs; ++i) slice.jobs.push_back({slot, tcp_check(target)});
  return slice;
}

}  // namespace

TEST(Worker, ASliceIsFinishedOnceAllResultsAreConfirmed) {
  const Listener listener;
  Stage stage;
  stage.broker.refuse(1);  // the first try fails and is made again
  const Instant slot = system_clock().now() + 100ms;
  stage.worker.accept(slice_of(50, listener.target(), slot), [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(50, 1));
  const auto results = stage.broker.results();
  EXPECT_EQ(results.size(), 50U);
  for (const auto& result : results) {
    EXPECT_EQ(result.outcome.status, domain::CheckStatus::up) << result.outcome.reason;
    EXPECT_EQ(result.slot, slot);
    EXPECT_GE(result.started_at, slot) << "not before its time";
  }
  // Counted down after the slice is finished, on another thread.
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (stage.sender.unconfirmed() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(stage.sender.unconfirmed(), 0U);
}

TEST(Worker, TheSameSliceTwiceRunsOnceAndFinishesBoth) {
  const Listener listener;
  Stage stage;
  const auto slice = slice_of(5, listener.target(), system_clock().now() + 100ms);
  stage.worker.accept(slice, [&] { stage.broker.finished(); });
  stage.worker.accept(slice, [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(5, 2));
  EXPECT_EQ(stage.broker.results().size(), 5U);
}

TEST(Worker, AJobThatComesAWholeIntervalLateIsSkippedAndCounted) {
  const Listener listener;
  Stage stage;
  stage.worker.accept(slice_of(3, listener.target(), system_clock().now() - 61s),
                      [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(0, 1));
  EXPECT_EQ(stage.skips(domain::MissReason::late), 3);
  const auto missed = stage.broker.missed();
  ASSERT_EQ(missed.size(), 3U) << "told, so that every slot is accounted for";
  EXPECT_EQ(missed[0].reason, domain::MissReason::late);
  EXPECT_EQ(missed[0].location, "here");
  EXPECT_EQ(missed[0].from, missed[0].to);
  EXPECT_TRUE(stage.broker.results().empty());
}

TEST(Worker, ACheckThatStillRunsIsNotStartedAgain) {
  const int silent = socket(AF_INET, SOCK_STREAM, 0);  // accepts nothing: TLS never begins
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  listen(silent, 10);
  socklen_t size = sizeof(address);
  getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
  Stage stage;
  auto check = tcp_check("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  check.use<domain::TlsSettings>();
  check.timeout = 500ms;
  const Instant now = system_clock().now();
  contracts::CheckSlice slice{"default", now, 0, 1, {{now, check}, {now + 100ms, check}}};
  stage.worker.accept(slice, [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(1, 1));
  EXPECT_EQ(stage.skips(domain::MissReason::overrun), 1);
  ASSERT_EQ(stage.broker.missed().size(), 1U);
  EXPECT_EQ(stage.broker.missed()[0].check_id, check.id);
  EXPECT_EQ(stage.broker.missed()[0].from, slice.jobs[1].slot);
  EXPECT_EQ(stage.broker.results().size(), 1U);
  close(silent);
}

TEST(Worker, MoreDueChecksThanPlacesAreAllRun) {
  const Listener listener;
  Stage stage(2, 1);
  stage.worker.accept(slice_of(60, listener.target(), system_clock().now()),
                      [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(60, 1));
}

TEST(Worker, ATestRunsAtOnceAndCarriesItsId) {
  const Listener listener;
  Stage stage;
  const contracts::CheckTest test{Uuid::make(), tcp_check(listener.target())};
  stage.worker.accept(test, [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(1, 1));
  EXPECT_EQ(stage.broker.results().front().test_id, test.test_id);
}

// Many come within one millisecond, and some in that of a slot; only the same test is the same.
TEST(Worker, EachTestOfACheckRunsOnceHoweverManyComeAtOnce) {
  const Listener listener;
  Stage stage;
  const auto check = tcp_check(listener.target());
  std::set<Uuid> sent, found;
  const Instant now = system_clock().now();
  contracts::CheckSlice slice{"default", now, 0, 1, {}};
  for (int i = 0; i < 20; ++i) slice.jobs.push_back({now + i * 1ms, check});
  stage.worker.accept(slice, [&] { stage.broker.finished(); });
  for (int i = 0; i < 200; ++i) {
    const contracts::CheckTest test{*sent.insert(Uuid::make()).first, check};
    stage.worker.accept(test, [&] { stage.broker.finished(); });
  }
  ASSERT_TRUE(stage.broker.wait_for(201, 201));
  for (const auto& result : stage.broker.results()) {
    const bool once = !result.test_id || found.insert(*result.test_id).second;
    EXPECT_TRUE(once);
  }
  EXPECT_EQ(found, sent);
}

TEST(Worker, ATestDeliveredTwiceRunsOnceAndFinishesBoth) {
  const SilentPort target;
  Stage stage;
  contracts::CheckTest test{Uuid::make(), tcp_check(target.target())};
  test.check.timeout = 300ms;
  stage.worker.accept(test, [&] { stage.broker.finished(); });
  stage.worker.accept(test, [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(1, 2));
  EXPECT_EQ(stage.broker.results().size(), 1U);
}

TEST(Worker, AfterStopStartingNothingNewRunsAndTheSliceStaysUnfinished) {
  const Listener listener;
  Stage stage;
  stage.worker.stop_starting();
  std::atomic<bool> finished{false};
  stage.worker.accept(slice_of(3, listener.target(), system_clock().now()),
                      [&] { finished = true; });
  const contracts::CheckTest test{Uuid::make(), tcp_check(listener.target())};
  EXPECT_FALSE(stage.broker.wait_for(1, 1, 300ms) || finished);
}

// Without descriptors a check was not run: its target is not to blame.
TEST(Worker, WithoutDescriptorsSlotsAreMissedAndNeverDown) {
  const Listener listener;
  Stage stage(100, 1);
  stage.worker.accept(slice_of(1, listener.target(), system_clock().now()),
                      [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(1, 1)) << "its loop is up, with all that it needs open";
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  stage.worker.accept(slice_of(5, listener.target(), system_clock().now()),
                      [&] { stage.broker.finished(); });
  const bool done = stage.broker.wait_for(1, 2);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(done);
  EXPECT_EQ(stage.broker.results().size(), 1U);
  ASSERT_EQ(stage.broker.missed().size(), 5U);
  for (const auto& missed : stage.broker.missed()) {
    EXPECT_EQ(missed.reason, domain::MissReason::no_descriptors);
  }
}

// While no guard answers, what does not answer is unknown; when one does, it is down.
TEST(Worker, WhileOurOwnNetworkIsAwayNothingIsDown) {
  auto silent = std::make_unique<SilentPort>();
  const SilentPort target;
  Stage stage(100, 1, {silent->target()});
  auto slice = slice_of(3, target.target(), system_clock().now());
  for (auto& job : slice.jobs) job.check.timeout = 300ms;
  stage.worker.accept(slice, [&] { stage.broker.finished(); });
  ASSERT_TRUE(stage.broker.wait_for(3, 1));
  for (const auto& result : stage.broker.results()) {
    EXPECT_EQ(result.outcome.status, domain::CheckStatus::unknown);
    EXPECT_EQ(result.outcome.reason.find("the location's own network is away"), 0U)
        << result.outcome.reason;
  }
  silent->answer();
  // Asked again until it answers, by itself.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  auto last = domain::CheckStatus::unknown;
  int rounds = 1;
  while (last != domain::CheckStatus::down && std::chrono::steady_clock::now() < deadline) {
    auto next = slice_of(1, target.target(), system_clock().now());
    next.jobs[0].check.timeout = 300ms;
    stage.worker.accept(next, [&] { stage.broker.finished(); });
    ++rounds;
    ASSERT_TRUE(stage.broker.wait_for(static_cast<std::size_t>(rounds + 2), rounds));
    last = stage.broker.results().back().outcome.status;
  }
  EXPECT_EQ(last, domain::CheckStatus::down);
}

// Policy forbids to ask it: that says nothing of the network.
TEST(Worker, AGuardThatCannotBeAskedHasNotKeptSilent) {
  const SilentPort target, silent;
  const auto status = [&](std::vector<std::string> guards) {
    Stage stage(100, 1, std::move(guards), false, "127.0.0.9/32");
    auto slice = slice_of(1, target.target(), system_clock().now());
    slice.jobs[0].check.timeout = 300ms;
    stage.worker.accept(slice, [&] { stage.broker.finished(); });
    EXPECT_TRUE(stage.broker.wait_for(1, 1));
    return stage.broker.results().at(0).outcome.status;
  };
  EXPECT_EQ(status({"127.0.0.9:9"}), domain::CheckStatus::down);
  EXPECT_EQ(status({"127.0.0.9:9", silent.target()}), domain::CheckStatus::unknown);
}

// M-067: a tenfold peak waits in what the broker left unacknowledged, and nothing of it is lost.
TEST(Worker, ATenfoldPeakIsRunWithTheSamePlacesAndLosesNoSlot) {
  const Listener listener(4096);
  Stage stage(50, 2);
  constexpr int kSlices = 10;
  for (int i = 0; i < kSlices; ++i) {
    stage.worker.accept(slice_of(200, listener.target(), system_clock().now()),
                        [&] { stage.broker.finished(); });
  }
  ASSERT_TRUE(stage.broker.wait_for(0, kSlices, 30s));
  EXPECT_LE(stage.most_running, 50U);
  EXPECT_EQ(stage.broker.results().size() + stage.broker.missed().size(), 2000U);
}

}  // namespace monitron::checker
