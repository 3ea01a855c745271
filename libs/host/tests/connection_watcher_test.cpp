// Connections of this machine, counted against those that the test has made. C-018, C-019, C-022.

#include "host/connection_watcher.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::host {
namespace {

class Listening {
 public:
  explicit Listening(int backlog = 512) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address_), size), 0);
    if (backlog > 0) {
      EXPECT_EQ(listen(fd_, backlog), 0);
    }
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size), 0);
  }
  ~Listening() { ::close(fd_); }
  std::uint16_t port() const { return ntohs(address_.sin_port); }
  int connect(int flags = 0) const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | flags, 0);
    connected_ = ::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0;
    return fd;
  }
  int take() const { return accept(fd_, nullptr, nullptr); }
  bool connected() const { return connected_; }

 private:
  int fd_;
  sockaddr_in address_{};
  mutable bool connected_ = false;
};

Edge found(const ConnectionRound& round, Direction direction, std::uint16_t port) {
  for (const auto& [key, edge] : round.edges) {
    if (key.direction == direction && key.port == port && peer_of(key) == "127.0.0.1") return edge;
  }
  return {};
}

// However short, whether rounds come between or not: both ends of each are counted.
TEST(ConnectionWatchers, CountEachOfTenThousandShortConnections) {
  constexpr int kConnections = 10'000;
  auto watcher = ConnectionWatcher::start();
  ASSERT_TRUE(watcher) << watcher.error().text;
  const Listening server;
  ASSERT_TRUE((*watcher)->round());
  for (int i = 0; i < kConnections; ++i) {
    const int client = server.connect();
    ASSERT_TRUE(server.connected());
    const int served = server.take();
    ASSERT_EQ(write(client, "question", 8), 8);
    ASSERT_EQ(write(served, "answer", 6), 6);
    char got[8];
    ASSERT_EQ(recv(served, got, 8, MSG_WAITALL), 8);
    ASSERT_EQ(recv(client, got, 6, MSG_WAITALL), 6);
    // Who asked waits for the end first, so that all of it is acknowledged.
    shutdown(client, SHUT_WR);
    ASSERT_EQ(recv(served, got, 1, 0), 0);
    ::close(served);
    ASSERT_EQ(recv(client, got, 1, 0), 0);
    ::close(client);
    if (i % 100 == 50) {
      ASSERT_TRUE((*watcher)->round());
    }
  }
  Edge in, out;
  for (int tries = 0; tries < 100; ++tries) {
    const auto round = (*watcher)->round();
    ASSERT_TRUE(round);
    EXPECT_EQ(round->lost, 0u);
    in = found(*round, Direction::inbound, server.port());
    out = found(*round, Direction::outbound, server.port());
    if (in.counts.closed + out.counts.closed == 2ULL * kConnections) break;
    usleep(20'000);
  }
  for (const auto* one : {&in, &out}) {
    EXPECT_EQ(one->counts.opened, static_cast<std::uint64_t>(kConnections));
    EXPECT_EQ(one->counts.closed, static_cast<std::uint64_t>(kConnections));
    EXPECT_EQ(one->counts.failed, (decltype(one->counts.failed){}));
    EXPECT_EQ(one->open, 0u);
  }
  EXPECT_EQ(out.counts.bytes_sent, 8u * kConnections);
  EXPECT_EQ(in.counts.bytes_sent, 6u * kConnections);
  // The FIN counts as one.
  EXPECT_EQ(in.counts.bytes_received, 9u * kConnections);
  EXPECT_EQ(out.counts.bytes_received, 7u * kConnections);
}

TEST(ConnectionWatchers, TellWhatFailedAndWhatWasReset) {
  auto watcher = ConnectionWatcher::start();
  ASSERT_TRUE(watcher);
  const Listening nobody(0);
  const Listening server;
  ASSERT_TRUE((*watcher)->round());
  ::close(nobody.connect(SOCK_NONBLOCK));
  EXPECT_FALSE(nobody.connected());
  const int client = server.connect();
  const int served = server.take();
  ASSERT_TRUE((*watcher)->round());
  const linger at_once{1, 0};
  setsockopt(served, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(served);
  char got;
  EXPECT_LT(recv(client, &got, 1, 0), 0);
  ::close(client);
  EdgeCounts refused, reset, cut_off;
  for (int tries = 0; tries < 100 && reset.closed == 0; ++tries) {
    usleep(20'000);
    const auto round = (*watcher)->round();
    ASSERT_TRUE(round);
    refused = found(*round, Direction::outbound, nobody.port()).counts;
    reset = found(*round, Direction::outbound, server.port()).counts;
    cut_off = found(*round, Direction::inbound, server.port()).counts;
  }
  EXPECT_EQ(refused.failed, (std::array<std::uint64_t, 4>{1, 0, 0, 0}));
  EXPECT_EQ(refused.opened, 0u);
  EXPECT_EQ(reset.failed, (std::array<std::uint64_t, 4>{0, 0, 0, 1}));
  EXPECT_EQ(reset.opened, 1u);
  EXPECT_EQ(cut_off.failed, (std::array<std::uint64_t, 4>{0, 0, 0, 1})) << "a round has seen it";
}

}  // namespace
}  // namespace monitron::host
