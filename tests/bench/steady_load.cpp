// steady_load PORT TOKEN INTERVAL_SECONDS SECONDS CONNECTIONS SOURCE...: each source posts a round
// of 200 series every INTERVAL_SECONDS, at a phase of its own, for SECONDS. What an agent does, for
// as many as there are. Every 10 s a JSON line says what was taken since the one before, and the
// last one ("all") what was taken in all; latency is measured from the time at which a post was
// due, so that waiting counts.

#include "telemetry_posts.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <thread>

using namespace monitron;
using Time = std::chrono::steady_clock::time_point;

namespace {

struct Plan {
  std::uint16_t port = 0;
  std::string token;
  std::chrono::milliseconds interval{};
  int rounds = 0;
};

struct Source {
  contracts::Batch batch;
  bench::Values values;
  std::chrono::milliseconds phase;
};

Source make_source(const Uuid& id, std::uint32_t number, const Plan& plan) {
  static const auto dictionary = contracts::pack_dictionary(bench::make_series());
  Source source{{}, bench::Values(number), {}};
  source.batch.id.source.value = id;
  source.batch.id.epoch = Uuid::make().bytes;
  contracts::Block block;
  block.dictionary = dictionary;
  block.series_count = bench::kSeries;
  source.batch.blocks.push_back(std::move(block));
  const auto spread = number * 2'654'435'761U % static_cast<std::uint32_t>(plan.interval.count());
  source.phase = std::chrono::milliseconds(spread);
  return source;
}

std::string next_request(Source& source, const std::string& token) {
  auto& block = source.batch.blocks.front();
  ++source.batch.id.seq;
  block.frames.assign(1, {to_ms(system_clock().now()), source.values.next()});
  const auto body = contracts::zstd_pack(contracts::encode(source.batch));
  block.dictionary.packed.clear();  // from now on by its hash
  return "POST /api/v1/telemetry HTTP/1.1\r\nContent-Type: application/x-protobuf\r\n"
         "Content-Encoding: zstd\r\nHost: bench\r\nAuthorization: Bearer " +
         token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// What was taken. Added by any thread, printed by one at a time.
class Taken {
 public:
  void add(double seconds, std::size_t retries) {
    const std::scoped_lock lock(mutex_);
    seconds_.push_back(seconds);
    retries_ += retries;
  }
  // Of the time since it was printed last.
  void print_part() {
    std::vector<double> seconds;
    std::size_t retries = 0;
    {
      const std::scoped_lock lock(mutex_);
      seconds.swap(seconds_);
      std::swap(retries, retries_);
    }
    if (seconds.empty()) return;
    all_.insert(all_.end(), seconds.begin(), seconds.end());
    all_retries_ += retries;
    print("", std::move(seconds), retries);
  }
  void print_all() {
    if (!all_.empty()) print(R"("all":true,)", std::move(all_), all_retries_);
  }

 private:
  static void print(const char* what, std::vector<double> seconds, std::size_t retries) {
    std::sort(seconds.begin(), seconds.end());
    const auto at = [&](double share) {
      return seconds[static_cast<std::size_t>(static_cast<double>(seconds.size() - 1) * share)];
    };
    std::printf(R"({%s"samples":%zu,"retries":%zu,"p50":%.6f,"p99":%.6f,"max":%.6f})"
                "\n",
                what, seconds.size() * bench::kSeries, retries, at(0.5), at(0.99), at(1));
    std::fflush(stdout);
  }

  std::mutex mutex_;
  std::vector<double> seconds_;
  std::size_t retries_ = 0;
  std::vector<double> all_;
  std::size_t all_retries_ = 0;
};

void run(const Plan& plan, std::vector<Source>& sources, Time begin, Taken& taken) {
  // A gateway waits for a request some seconds only.
  if (!sources.empty()) std::this_thread::sleep_until(begin + sources.front().phase);
  bench::Connection connection(plan.port);
  for (int round = 0; round < plan.rounds; ++round) {
    for (auto& source : sources) {
      const auto due = begin + round * plan.interval + source.phase;
      std::this_thread::sleep_until(due);
      const auto request = next_request(source, plan.token);
      std::size_t retries = 0;
      while (!connection.taken(request)) {
        ++retries;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - due;
      taken.add(seconds.count(), retries);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 64;
  Plan plan;
  plan.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  plan.token = argv[2];
  plan.interval = std::chrono::milliseconds(static_cast<int>(std::atof(argv[3]) * 1000));
  plan.rounds =
      static_cast<int>(std::atof(argv[4]) * 1000) / static_cast<int>(plan.interval.count());
  std::vector<std::vector<Source>> shares(static_cast<std::size_t>(std::atoi(argv[5])));
  for (int i = 6; i < argc; ++i) {
    const auto id = Uuid::parse(argv[i]);
    if (!id) return 64;
    const auto number = static_cast<std::uint32_t>(i - 6);
    shares[number % shares.size()].push_back(make_source(*id, number, plan));
  }
  for (auto& share : shares) {
    std::sort(share.begin(), share.end(),
              [](const auto& a, const auto& b) { return a.phase < b.phase; });
  }
  Taken taken;
  const auto begin = std::chrono::steady_clock::now();
  std::jthread printer([&](const std::stop_token& stop) {
    for (auto next = begin; !stop.stop_requested();) {
      next += std::chrono::seconds(10);
      std::this_thread::sleep_until(next);
      taken.print_part();
    }
  });
  {
    std::vector<std::jthread> threads;
    for (auto& share : shares) threads.emplace_back([&] { run(plan, share, begin, taken); });
  }
  printer.request_stop();
  printer.join();
  taken.print_all();
  return 0;
}
