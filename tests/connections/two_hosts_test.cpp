// Two hosts, each a network namespace, with a link between them that loses packets, and each with
// its agent: what these tell is what went over the link, and what they say limits it does. C-018,
// C-024, C-039.

#include "agent/batch.hpp"
#include "agent/connection_series.hpp"
#include "connections/edges.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron {
namespace {

using namespace std::chrono_literals;

constexpr const char* kServerIp = "10.231.0.1";
constexpr const char* kClientIp = "10.231.0.2";
constexpr std::uint16_t kPort = 5432;

// Sockets belong to the namespace of the thread that makes them.
class Host {
 public:
  Host() : thread_([this] { work(); }) {}
  ~Host() {
    {
      const std::lock_guard lock(mutex_);
      task_ = [this] { ending_ = true; };
    }
    wake_.notify_one();
    thread_.join();
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  template <class Work>
  auto run(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      task_ = [&task] { task(); };
    }
    wake_.notify_one();
    return result.get();
  }
  bool separate() {
    return run([this] {
      thread_id_ = gettid();
      return unshare(CLONE_NEWNET) == 0 && std::system("ip link set lo up") == 0;
    });
  }
  bool shell(const std::string& command) {
    return run([&] { return std::system(command.c_str()) == 0; });
  }
  int thread_id() const { return thread_id_; }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      wake_.wait(lock, [this] { return static_cast<bool>(task_); });
      const auto task = std::exchange(task_, nullptr);
      lock.unlock();
      task();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::function<void()> task_;
  std::atomic<bool> ending_ = false;
  int thread_id_ = 0;
  std::thread thread_;  // last: it uses the rest
};

sockaddr_in address(const char* ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
};

// What an agent tells, a round after another, as if they were stored.
class Agent {
 public:
  explicit Agent(Host& host) {
    host.run([this] {
      auto started = host::ConnectionWatcher::start();
      if (started) watcher_ = *std::move(started);
    });
  }
  bool is_there() const { return watcher_ != nullptr; }
  void round() {
    const auto found = watcher_->round();
    ASSERT_TRUE(found) << found.error().text;
    agent::Round told{to_ms(system_clock().now()),
                      agent::Measurements(labels_),
                      agent::Measurements(labels_),
                      agent::Measurements(labels_),
                      {}};
    agent::add_connections(*found, told.connections);
    const auto batch = contracts::decode_batch(batches_.make({}, told));
    ASSERT_TRUE(batch) << batch.error().text;
    for (const auto& block : batch->blocks) store(block);
    ++rounds_;
  }
  int rounds() const { return rounds_; }
  connections::Edge edge() {
    connections::EdgeReader reader({}, 0);
    const auto wanted =
        promql::Matcher::make(promql::MatchKind::regex, std::string(promql::kMetricName),
                              std::string(connections::kEdgeMetrics));
    for (const auto& [labels, samples] : stored_) {
      const bool is_ours = labels.get("port") == std::to_string(kPort);
      if (is_ours && matches({*wanted}, labels)) reader.see(labels, samples);
    }
    auto edges = reader.take();
    EXPECT_EQ(edges.size(), 1u);
    return edges.empty() ? connections::Edge{} : edges.front();
  }

 private:
  void store(const contracts::Block& block) {
    const auto series = contracts::unpack_dictionary(block.dictionary);
    ASSERT_TRUE(series) << series.error().text;
    const auto add = [&](std::size_t which, std::int64_t time_ms, double value) {
      const auto& one = series->at(which);
      std::vector<promql::Labels::Pair> pairs(one.labels.begin(), one.labels.end());
      pairs.emplace_back(promql::kMetricName, one.name);
      stored_[promql::Labels(std::move(pairs))].push_back({time_ms, value});
    };
    for (const auto& point : block.points) add(point.series, point.time_ms, point.value);
    for (const auto& frame : block.frames) {
      for (std::size_t i = 0; i < frame.values.size(); ++i) add(i, frame.time_ms, frame.values[i]);
    }
  }

  const agent::Labels labels_{};
  std::unique_ptr<host::ConnectionWatcher> watcher_;
  agent::BatchMaker batches_;
  int rounds_ = 0;
  std::map<promql::Labels, std::vector<promql::Sample>> stored_;
};

class TwoHosts : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.separate() || !client_.separate()) {
      GTEST_SKIP() << "network namespaces need root: " << std::strerror(errno);
    }
    const bool linked =
        server_.shell("ip link add v0 type veth peer name v1 netns " +
                      std::to_string(client_.thread_id())) &&
        server_.shell(std::string("ip addr add ") + kServerIp +
                      "/24 dev v0 && ip link set v0 up") &&
        client_.shell(std::string("ip addr add ") + kClientIp + "/24 dev v1 && ip link set v1 up");
    ASSERT_TRUE(linked);
    at_server_ = std::make_unique<Agent>(server_);
    at_client_ = std::make_unique<Agent>(client_);
    ASSERT_TRUE(at_server_->is_there() && at_client_->is_there());
    listener_ = std::make_unique<Socket>(server_.run([] { return listen_here(); }));
    rounds();
  }
  void TearDown() override {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
  }
  static int listen_here() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto at = address("0.0.0.0", kPort);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(descriptor, 16), 0);
    return descriptor;
  }
  // The client's end and the server's.
  std::pair<int, int> connected(int receive_buffer = 0, int send_buffer = 0) {
    if (receive_buffer > 0) {
      setsockopt(listener_->get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int client = client_.run([&] {
      const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (send_buffer > 0) {
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
      }
      const auto to = address(kServerIp, kPort);
      EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
      return descriptor;
    });
    const int server = ::accept4(listener_->get(), nullptr, nullptr, SOCK_CLOEXEC);
    EXPECT_GE(server, 0);
    return {client, server};
  }
  void rounds() {
    at_server_->round();
    at_client_->round();
  }
  // Sends as fast as it goes, with a pause after each piece.
  void send_from(int descriptor, std::size_t piece, std::chrono::milliseconds pause) {
    threads_.emplace_back([=, this] {
      const std::string bytes(piece, 'x');
      while (!stop_) {
        const auto sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        sent_ += static_cast<std::uint64_t>(sent);
        std::this_thread::sleep_for(pause);
      }
      ::shutdown(descriptor, SHUT_WR);
    });
  }
  void receive_at(int descriptor, std::size_t piece, std::chrono::milliseconds pause) {
    threads_.emplace_back([=, this] {
      std::string bytes(piece, '\0');
      while (true) {
        const auto got = ::recv(descriptor, bytes.data(), bytes.size(), 0);
        if (got <= 0) break;
        received_ += static_cast<std::uint64_t>(got);
        if (!stop_) std::this_thread::sleep_for(pause);
      }
      ::close(descriptor);
    });
  }
  // Rounds while it goes on, until the condition holds or for so long.
  void watch(std::chrono::milliseconds longest, const std::function<bool()>& enough = nullptr) {
    const auto until = std::chrono::steady_clock::now() + longest;
    while (std::chrono::steady_clock::now() < until && !(enough && enough())) {
      std::this_thread::sleep_for(100ms);
      rounds();
    }
  }
  void end() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  std::string limit() { return std::string(to_string(at_client_->edge().limited_by())); }

  Host server_, client_;
  std::unique_ptr<Agent> at_server_, at_client_;
  std::unique_ptr<Socket> listener_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> sent_ = 0, received_ = 0;
  std::vector<std::thread> threads_;
};

// One packet of fifty is lost: nothing else bounds it.
TEST_F(TwoHosts, OfALinkThatLosesTheNetworkIsWhatLimits) {
  const bool lossy = server_.shell(
      "nft add table inet t && "
      "nft add chain inet t in '{ type filter hook input priority 0; }' && "
      "nft add rule inet t in numgen random mod 50 == 0 drop");
  ASSERT_TRUE(lossy);
  const auto [client, server] = connected();
  send_from(client, 1 << 20, 0ms);
  receive_at(server, 1 << 20, 0ms);
  watch(20s, [this] { return received_ > (64U << 20) && at_client_->rounds() > 10; });
  EXPECT_EQ(limit(), "network");
  const auto sending = at_client_->edge();
  EXPECT_GT(*sending.resent_ratio(), 0.005);
  EXPECT_LT(*sending.resent_ratio(), 0.15);
  EXPECT_GT(sending.rtt_seconds.value_or(0), 0);
  end();
  ::close(client);
  watch(10s, [this] { return at_server_->edge().closed == 1 && at_client_->edge().closed == 1; });
  EXPECT_EQ(sent_, received_);
  EXPECT_EQ(static_cast<std::uint64_t>(at_client_->edge().sent_bytes), sent_)
      << "each byte once, however often it was sent";
  EXPECT_EQ(static_cast<std::uint64_t>(at_server_->edge().received_bytes), received_ + 1)
      << "and one for the end";
  EXPECT_EQ(at_client_->edge().failures(), 0);
}

TEST_F(TwoHosts, OfAReceiverThatReadsSlowlyItIsTheReceiver) {
  const auto [client, server] = connected(16 << 10);
  send_from(client, 64 << 10, 0ms);
  receive_at(server, 4 << 10, 20ms);
  watch(2s);
  EXPECT_EQ(limit(), "receiver");
  end();
  ::close(client);
}

TEST_F(TwoHosts, OfASenderThatHasLittleToSendItIsTheApplication) {
  const auto [client, server] = connected();
  send_from(client, 100, 20ms);
  receive_at(server, 1 << 20, 0ms);
  watch(2s);
  EXPECT_EQ(limit(), "application");
  EXPECT_EQ(to_string(at_server_->edge().limited_by()), "") << "which sends nothing";
  end();
  ::close(client);
}

// By a peer that ends it without having read all.
TEST_F(TwoHosts, AConnectionThatIsCutOffCountsAsReset) {
  const auto [client, server] = connected();
  watch(200ms);
  const linger at_once{1, 0};
  setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(server);
  char byte = 0;
  EXPECT_EQ(::recv(client, &byte, 1, 0), -1);
  ::close(client);
  watch(10s, [this] { return at_client_->edge().failures() > 0; });
  EXPECT_EQ(at_client_->edge().failed, (std::map<std::string, double>{{"reset", 1}}));
}

}  // namespace
}  // namespace monitron
