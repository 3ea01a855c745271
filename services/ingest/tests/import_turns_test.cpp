// Large imports take memory, so that one is read at a time; nobody waits for that (M-005).

#include "contracts/compression.hpp"
#include "http/client.hpp"
#include "ingest/door.hpp"
#include "loop/workers.hpp"
#include "testkit/eventually.hpp"
#include "testkit/fake_clock.hpp"

#include <future>
#include <gtest/gtest.h>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

// Asked for the steady time, it stops until it is let go.
class HeldClock final : public Clock {
 public:
  Instant now() const override { return from_ms(1'700'000'000'000); }
  SteadyInstant steady_now() const override {
    asked_ = true;
    let_go_.wait();
    return {};
  }
  bool was_asked() const { return asked_; }
  void let_go() { letting_go_.set_value(); }

 private:
  std::promise<void> letting_go_;
  std::shared_future<void> let_go_{letting_go_.get_future()};
  mutable std::atomic<bool> asked_{false};
};

TEST(ImportTurns, ASecondLargeImportIsToldToComeAgain) {
  HeldClock held;
  testkit::FakeClock clock(held.now());
  service::Metrics metrics;
  loop::Workers workers("test", 2, 64);
  const http::Caller caller{
      .kind = "user", .id = "somebody", .name = {}, .permissions = {"telemetry:send"}};
  Door door([](const Uuid&) { return std::string(); }, metrics, held, {});
  Gatherer gatherer(
      [](const contracts::Message&, const Gatherer::Completion& done) {
        done({});
        return true;
      },
      clock);
  http::Router router(workers, [&](const http::Request&) { return caller; });
  door.add_routes(router, gatherer);
  http::Server server({}, [&](http::Request request, http::Responder responder) {
    router.serve(std::move(request), std::move(responder));
  });
  ASSERT_TRUE(server.start());
  const auto import = [&](const std::string& text, const std::string& key) {
    http::ClientRequest request;
    request.method = http::Method::post;
    request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api/v1/import/prometheus";
    request.headers = {{"Content-Encoding", "zstd"}};
    if (!key.empty()) request.headers.emplace_back("Idempotency-Key", key);
    request.body = contracts::zstd_pack(text);
    return http::fetch(request).value_or(http::Response{.status = 0});
  };
  const auto large = "up 1\n" + std::string(33u << 20, '\n');
  // Its key is looked up last.
  auto first = std::async(std::launch::async, import, large, "key");
  ASSERT_TRUE(testkit::eventually(20s, [&] { return held.was_asked(); }));
  auto second = std::async(std::launch::async, import, large, "");
  const bool waits = second.wait_for(20s) != std::future_status::ready;
  EXPECT_FALSE(waits);
  if (!waits) {
    EXPECT_EQ(import("up 1\n", "").status, 202) << "others are not concerned";
  }
  held.let_go();
  EXPECT_EQ(first.get().status, 202);
  const auto refused = second.get();
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_NE(refused.body.find("try again"), std::string::npos) << refused.body;
  EXPECT_EQ(import(large, "").status, 202);
}

}  // namespace
}  // namespace monitron::ingest
