// history_load PORT TOKEN FORM CONNECTIONS END_MS STEPS SERIES HOST=SOURCE...: the past of so many
// hosts, SERIES made-up series each, STEPS reports 10 s apart, the last one before END_MS, as many
// of them a post as are 8,000 samples, as fast as it is taken. Says "ready" when all posts are made
// and begins at a line on stdin.
//
// FORM is "agent" (Monitron's own; SOURCE is the instance) or "remote_write" (HOST becomes the
// label `instance`, which Monitron makes of the instance's name). All get the same samples. The
// hosts go through time together: Prometheus takes what is at most an hour out of order.

#include "base/text.hpp"
#include "storage_mix.hpp"
#include "telemetry_posts.hpp"

#include <barrier>
#include <chrono>
#include <cstdio>
#include <thread>

using namespace monitron;

namespace {

constexpr std::size_t kSamplesPerPost = 8000;
constexpr std::size_t kNames = 200;
constexpr std::size_t kSameName = 50;  // series of a host that differ by a label alone

struct Plan {
  std::uint16_t port = 0;
  std::string token;
  bool remote_write = false;
  std::int64_t end_ms = 0;
  std::size_t steps = 0;
  std::size_t series = 0;  // of a host
  std::size_t steps_per_post() const { return std::max<std::size_t>(1, kSamplesPerPost / series); }
};

struct Host {
  std::string name;
  std::vector<std::vector<double>> values;  // of each series
  std::vector<std::int64_t> times;
  contracts::Batch batch;
};

using Posts = std::vector<std::string>;  // of a host, one after the other

std::vector<contracts::Series> series_of_host(std::size_t count) {
  std::vector<contracts::Series> series;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    if (i < kSameName) {
      series.push_back({"bench_cpu_seconds_total", {{"cpu", number}}});
    } else if (i < kNames) {
      series.push_back({"bench_metric_" + number, {}});
    } else {
      series.push_back({"bench_metric_" + std::to_string(i % kNames), {{"part", number}}});
    }
  }
  return series;
}

Host make_host(const Plan& plan, const std::string& argument, unsigned seed) {
  static const auto dictionary = contracts::pack_dictionary(series_of_host(plan.series));
  const auto parts = split_list(argument, '=');
  if (parts.size() != 2) std::exit(64);
  const auto source = Uuid::parse(parts[1]);
  if (!source) std::exit(64);
  Host host{parts[0], {}, {}, {}};
  bench::Host made_up(seed, plan.series);
  host.values.assign(plan.series, {});
  const auto begin = plan.end_ms - static_cast<std::int64_t>(plan.steps) * 10'000;
  for (std::size_t step = 0; step < plan.steps; ++step) {
    const auto& round = made_up.next();
    for (std::size_t i = 0; i < plan.series; ++i) host.values[i].push_back(round[i]);
    host.times.push_back(begin + static_cast<std::int64_t>(step) * 10'000 + made_up.jitter_ms());
  }
  host.batch.id.source.value = *source;
  host.batch.id.epoch = Uuid::make().bytes;
  contracts::Block block;
  block.dictionary = dictionary;
  block.series_count = static_cast<std::uint32_t>(plan.series);
  host.batch.blocks.push_back(std::move(block));
  return host;
}

std::string agent_body(Host& host, std::size_t from, std::size_t to) {
  auto& block = host.batch.blocks.front();
  ++host.batch.id.seq;
  block.frames.clear();
  for (std::size_t step = from; step < to; ++step) {
    std::vector<double> values;
    for (const auto& series : host.values) values.push_back(series[step]);
    block.frames.push_back({host.times[step], std::move(values)});
  }
  auto body = contracts::zstd_pack(contracts::encode(host.batch));
  block.dictionary.packed.clear();
  return body;
}

std::string remote_write_body(const Host& host, std::size_t from, std::size_t to) {
  static const auto all = series_of_host(host.values.size());
  std::string plain;
  protozero::pbf_writer request(plain);
  for (std::size_t i = 0; i < all.size(); ++i) {
    protozero::pbf_writer series(request, 1);
    bench::add_label(series, "__name__", all[i].name);
    for (const auto& [name, value] : all[i].labels) bench::add_label(series, name, value);
    bench::add_label(series, "instance", host.name);
    for (std::size_t step = from; step < to; ++step) {
      protozero::pbf_writer sample(series, 2);
      sample.add_double(1, host.values[i][step]);
      sample.add_int64(2, host.times[step]);
    }
  }
  return bench::as_snappy(plain);
}

std::string request_of(const Plan& plan, Host& host, std::size_t from, std::size_t to) {
  const auto body =
      plan.remote_write ? remote_write_body(host, from, to) : agent_body(host, from, to);
  return std::string("POST /api/v1/") +
         (plan.remote_write ? "write HTTP/1.1\r\nContent-Encoding: snappy\r\n"
                              "X-Prometheus-Remote-Write-Version: 0.1.0"
                            : "telemetry HTTP/1.1\r\nContent-Encoding: zstd") +
         "\r\nContent-Type: application/x-protobuf\r\nHost: bench\r\nAuthorization: Bearer " +
         plan.token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Posts posts_of(const Plan& plan, Host host) {
  Posts posts;
  for (std::size_t from = 0; from < plan.steps; from += plan.steps_per_post()) {
    posts.push_back(
        request_of(plan, host, from, std::min(plan.steps, from + plan.steps_per_post())));
  }
  return posts;
}

void post(bench::Connection& connection, const std::string& request) {
  while (!connection.taken(request)) std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

// How long it takes until all is taken, in seconds; a connection for each share of the hosts.
double send(const Plan& plan, const std::vector<std::vector<Posts>>& shares) {
  const auto rounds = (plan.steps + plan.steps_per_post() - 1) / plan.steps_per_post();
  std::barrier together(static_cast<std::ptrdiff_t>(shares.size()));
  const auto work = [&](const std::vector<Posts>& share) {
    bench::Connection connection(plan.port);
    for (std::size_t round = 0; round < rounds; ++round) {
      for (const auto& posts : share) post(connection, posts[round]);
      together.arrive_and_wait();
    }
  };
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (const auto& share : shares) threads.emplace_back([&] { work(share); });
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 9) return 64;
  Plan plan;
  plan.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  plan.token = argv[2];
  plan.remote_write = std::string_view(argv[3]) == "remote_write";
  plan.end_ms = std::atoll(argv[5]);
  plan.steps = std::stoul(argv[6]);
  plan.series = std::stoul(argv[7]);
  std::vector<std::vector<Posts>> shares(static_cast<std::size_t>(std::atoi(argv[4])));
  for (int i = 8; i < argc; ++i) {
    auto host = make_host(plan, argv[i], static_cast<unsigned>(i));
    shares[static_cast<std::size_t>(i) % shares.size()].push_back(posts_of(plan, std::move(host)));
  }
  std::puts("ready");
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);
  const auto seconds = send(plan, shares);
  const auto samples = static_cast<std::size_t>(argc - 8) * plan.steps * plan.series;
  std::printf("{\"samples\":%zu,\"seconds\":%.3f}\n", samples, seconds);
  return 0;
}
