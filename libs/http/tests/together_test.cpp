// Pistache 0.0.5 forgets to look at an answer that is handed to it in the very moment when it has
// just found its list of answers empty; it lay there until the next one came.

#include "http/server.hpp"

#include <arpa/inet.h>
#include <array>
#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace monitron::http {
namespace {

constexpr int kRounds = 20'000;

// Answers two requests at a time, each by a thread of its own.
class Pair {
 public:
  void take(Responder responder) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(responder));
    begin_round();
  }
  void answer(std::size_t mine) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stopping_ || slots_[mine]; });
      if (stopping_) return;
      auto responder = std::move(*slots_[mine]);
      slots_[mine].reset();
      begin_round();
      lock.unlock();
      responder.send({.status = 200, .content_type = "text/plain", .body = "ok"});
      lock.lock();
    }
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }

 private:
  void begin_round() {
    if (slots_[0] || slots_[1] || waiting_.size() < 2) return;
    for (std::size_t i = 0; i < 2; ++i) slots_[i].emplace(std::move(waiting_[i]));
    waiting_.clear();
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Responder> waiting_;
  std::array<std::optional<Responder>, 2> slots_;
  bool stopping_ = false;
};

// How many requests, one after the other on one connection, were answered each within two seconds.
int answered(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  int count = 0;
  while (count < kRounds) {
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) break;
    std::string answer;
    while (!answer.ends_with("\r\n\r\nok")) {
      char bytes[1024];
      const auto got = recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      answer.append(bytes, static_cast<std::size_t>(got));
    }
    if (!answer.ends_with("\r\n\r\nok")) break;
    ++count;
  }
  close(fd);
  return count;
}

TEST(HttpServerTogether, AnswersGivenInTheSameMomentAllArrive) {
  Pair pair;
  ServerConfig config;
  config.threads = 1;
  Server server(config,
                [&](const Request&, Responder responder) { pair.take(std::move(responder)); });
  ASSERT_TRUE(server.start());
  std::thread first([&] { pair.answer(0); });
  std::thread second([&] { pair.answer(1); });
  std::array<int, 2> counts{};
  std::thread client([&] { counts[0] = answered(server.port()); });
  counts[1] = answered(server.port());
  client.join();
  pair.stop();
  first.join();
  second.join();
  EXPECT_EQ(counts[0], kRounds);
  EXPECT_EQ(counts[1], kRounds);
}

}  // namespace
}  // namespace monitron::http
