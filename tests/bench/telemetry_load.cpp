// telemetry_load PORT TOKEN FORM FRAMES BATCHES CONNECTIONS SOURCE...: posts what so many senders
// post, each connection's batches one after the other, as fast as they are taken.
//
// FORM is "agent" (protobuf of FRAMES rounds of 200 series, zstd, the dictionary once and then by
// its hash), "json" (FRAMES × 200 metrics) or "remote_write" (the same as Prometheus takes it; its
// snappy is not compressed here, so that those bytes say nothing). Says "ready" when all bodies are
// made, begins at a line on stdin and prints a JSON object of what was taken and how long each
// took.

#include "telemetry_posts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <span>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <thread>

using namespace monitron;
using bench::kSeries;
using bench::make_series;
using bench::Values;

namespace {

// 600 of them stay within the hour that Prometheus takes out of order between series.
constexpr std::int64_t kStepMs = 5000;

enum class Form { agent, json, remote_write };

struct Plan {
  std::uint16_t port = 0;
  std::string token;
  Form form = Form::agent;
  int frames = 1;
  int batches = 1;
};

std::string with_head(const Plan& plan, const std::string& body) {
  constexpr const char* ways[] = {
      "telemetry HTTP/1.1\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: zstd",
      "ingest HTTP/1.1\r\nContent-Type: application/json",
      "write HTTP/1.1\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy"};
  return "POST /api/v1/" + std::string(ways[static_cast<int>(plan.form)]) +
         "\r\nHost: bench\r\nAuthorization: Bearer " + plan.token +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string json_body(const Uuid& source, Values& values, std::int64_t begin, int frames) {
  std::string body = R"({"server_id":")" + source.str() + R"(","metrics":[)";
  for (int frame = 0; frame < frames; ++frame) {
    const auto& round = values.next();
    const long long time = begin + frame * kStepMs;
    for (std::size_t i = 0; i < kSeries; ++i) {
      char metric[256];
      std::snprintf(metric, sizeof metric,
                    R"({"metric_type":"disk","metric_name":"bench_%zu_bytes","value":%.3f,)"
                    R"("labels":{"device":"disk%zu"},"timestamp":%lld},)",
                    i / 8, round[i], i % 8, time);
      body += metric;
    }
  }
  body.back() = ']';
  return body + "}";
}

std::string remote_write_body(const Uuid& source, Values& values, std::int64_t begin, int frames) {
  static const auto all = make_series();
  std::vector<std::vector<double>> rounds;
  for (int frame = 0; frame < frames; ++frame) rounds.push_back(values.next());
  std::string plain;
  protozero::pbf_writer request(plain);
  for (std::size_t i = 0; i < kSeries; ++i) {
    protozero::pbf_writer series(request, 1);
    bench::add_label(series, "__name__", all[i].name);
    for (const auto& [name, value] : all[i].labels) bench::add_label(series, name, value);
    bench::add_label(series, "instance", source.str());
    for (std::size_t frame = 0; frame < rounds.size(); ++frame) {
      protozero::pbf_writer sample(series, 2);
      sample.add_double(1, rounds[frame][i]);
      sample.add_int64(2, begin + static_cast<std::int64_t>(frame) * kStepMs);
    }
  }
  return bench::as_snappy(plain);
}

struct Sender {
  std::vector<std::string> requests;
  std::vector<double> seconds;  // of each
  std::size_t body_bytes = 0;
  std::size_t retries = 0;

  void make(const Plan& plan, const Uuid& source, std::uint32_t seed) {
    Values values(seed);
    contracts::Batch batch;
    batch.id.source.value = source;
    batch.id.epoch = Uuid::make().bytes;
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary(make_series());
    block.series_count = kSeries;
    batch.blocks.push_back(std::move(block));
    const auto now = to_ms(system_clock().now());
    for (int i = 0; i < plan.batches; ++i) {
      const auto begin = now - static_cast<std::int64_t>(plan.batches - i) * plan.frames * kStepMs;
      std::string body;
      if (plan.form == Form::json) {
        body = json_body(source, values, begin, plan.frames);
      } else if (plan.form == Form::remote_write) {
        body = remote_write_body(source, values, begin, plan.frames);
      } else {
        auto& only = batch.blocks.front();
        batch.id.seq = static_cast<std::uint64_t>(i) + 1;
        only.frames.clear();
        for (int f = 0; f < plan.frames; ++f) {
          only.frames.push_back({begin + f * kStepMs, values.next()});
        }
        body = contracts::zstd_pack(contracts::encode(batch));
        only.dictionary.packed.clear();
      }
      body_bytes += body.size();
      requests.push_back(with_head(plan, body));
    }
  }

  bool is_done() const { return seconds.size() == requests.size(); }
};

// Sends what a share of the senders have: a thread for each of them would cost more than the
// requests, on a machine that the servers need as well.
class Pump {
 public:
  Pump(std::uint16_t port, std::span<Sender> senders) : epoll_(epoll_create1(0)) {
    for (auto& sender : senders) {
      places_.push_back(std::make_unique<Place>(sender, port));
      watch(*places_.back());
    }
  }
  ~Pump() { close(epoll_); }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  void run() {
    for (auto& place : places_) begin(*place);
    while (busy_ > 0) {
      std::array<epoll_event, 64> events{};
      const auto count = epoll_wait(epoll_, events.data(), events.size(), kAgainMs);
      for (int i = 0; i < count; ++i) hear(*static_cast<Place*>(events.at(i).data.ptr));
      send_again();
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kAgainMs = 100;

  struct Place {
    Place(Sender& s, std::uint16_t port) : sender(s), connection(port) {}
    const std::string& request() const { return sender.requests[sender.seconds.size()]; }

    Sender& sender;
    bench::Connection connection;
    Clock::time_point begun{};
  };

  void watch(Place& place) const {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &place}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, place.connection.fd(), &event) != 0) std::exit(71);
  }
  void begin(Place& place) {
    ++busy_;
    place.begun = Clock::now();
    place.connection.say(place.request());
  }
  void hear(Place& place) {
    const auto openings = place.connection.openings();
    const bool taken = place.connection.hear();
    if (place.connection.openings() != openings) watch(place);
    if (!taken) {
      ++place.sender.retries;
      return refused_.push_back({Clock::now() + std::chrono::milliseconds(kAgainMs), &place});
    }
    --busy_;
    place.sender.seconds.push_back(
        std::chrono::duration<double>(Clock::now() - place.begun).count());
    if (!place.sender.is_done()) begin(place);
  }
  void send_again() {
    for (; !refused_.empty() && refused_.front().first <= Clock::now(); refused_.pop_front()) {
      refused_.front().second->connection.say(refused_.front().second->request());
    }
  }

  const int epoll_;
  std::vector<std::unique_ptr<Place>> places_;
  std::size_t busy_ = 0;                                      // of them
  std::deque<std::pair<Clock::time_point, Place*>> refused_;  // when to send each again
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void print(const Plan& plan, const std::vector<Sender>& senders, double wall, double cpu) {
  std::vector<double> seconds;
  std::size_t bytes = 0, retries = 0;
  for (const auto& sender : senders) {
    seconds.insert(seconds.end(), sender.seconds.begin(), sender.seconds.end());
    bytes += sender.body_bytes;
    retries += sender.retries;
  }
  std::sort(seconds.begin(), seconds.end());
  const auto samples = seconds.size() * static_cast<std::size_t>(plan.frames) * kSeries;
  std::printf(R"({"samples":%zu,"seconds":%.3f,"bytes":%zu,"retries":%zu,"p50":%.6f,"p99":%.6f,)"
              R"("own_cpu":%.3f})"
              "\n",
              samples, wall, bytes, retries, seconds[seconds.size() / 2],
              seconds[seconds.size() * 99 / 100], cpu);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) return 64;
  Plan plan;
  plan.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  plan.token = argv[2];
  const std::string_view form = argv[3];
  if (form == "json") plan.form = Form::json;
  if (form == "remote_write") plan.form = Form::remote_write;
  plan.frames = std::atoi(argv[4]);
  plan.batches = std::atoi(argv[5]);
  std::vector<Sender> senders(static_cast<std::size_t>(std::atoi(argv[6])));
  for (std::size_t i = 0; i < senders.size(); ++i) {
    const auto source = Uuid::parse(argv[7 + i % static_cast<std::size_t>(argc - 7)]);
    if (!source) return 64;
    senders[i].make(plan, *source, static_cast<std::uint32_t>(i));
  }
  std::puts("ready");
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);
  constexpr std::size_t kPumps = 2;
  const std::size_t share = (senders.size() + kPumps - 1) / kPumps;
  const auto cpu = cpu_seconds();
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t at = 0; at < senders.size(); at += share) {
      const std::span some(senders.data() + at, std::min(share, senders.size() - at));
      threads.emplace_back([&plan, some] { Pump(plan.port, some).run(); });
    }
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  print(plan, senders, wall.count(), cpu_seconds() - cpu);
  return 0;
}
