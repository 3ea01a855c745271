// TCP sockets as the kernel of this machine tells them, compared with what the test has opened.
// C-018, C-022.

#include "host/tcp_sockets.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <set>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::host {
namespace {

struct Fd {
  int fd = -1;
  Fd() = default;
  explicit Fd(int given) : fd(given) {}
  Fd(Fd&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Fd() { close(); }
  void close() {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
};

std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  EXPECT_EQ(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
  return cookie;
}

// On the loopback, of one family.
class Server {
 public:
  explicit Server(int family) : family_(family), listening_(::socket(family, SOCK_STREAM, 0)) {
    EXPECT_EQ(bind(listening_.fd, address(), size_), 0);
    EXPECT_EQ(listen(listening_.fd, 512), 0);
    EXPECT_EQ(getsockname(listening_.fd, address(), &size_), 0);
  }
  std::uint16_t port() const { return ntohs(v6_.sin6_port); }  // at the same place in both
  int fd() const { return listening_.fd; }
  std::pair<Fd, Fd> connect() {
    Fd client(::socket(family_, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(client.fd, address(), size_), 0);
    Fd served(accept(listening_.fd, nullptr, nullptr));
    return {std::move(client), std::move(served)};
  }

 private:
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&v6_); }
  int family_;
  Fd listening_;
  sockaddr_in6 v6_ = [this] {
    sockaddr_in6 any{};
    any.sin6_family = static_cast<sa_family_t>(family_);
    if (family_ == AF_INET6) {
      any.sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in*>(&any)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return any;
  }();
  socklen_t size_ = family_ == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
};

std::map<std::uint64_t, TcpSocket> dumped(std::uint32_t states = kAllTcpStates) {
  std::map<std::uint64_t, TcpSocket> all;
  auto dump = TcpDump::open();
  EXPECT_TRUE(dump);
  const auto done = dump->read(states, [&](const auto& one) { all[one.cookie] = one; });
  EXPECT_TRUE(done) << done.error().text;
  return all;
}

class TcpSockets : public testing::TestWithParam<int> {};

TEST_P(TcpSockets, AreToldWithBothEndsAndWhatWentOverThem) {
  Server server(GetParam());
  auto [client, served] = server.connect();
  const std::string text(5000, 'x');
  ASSERT_EQ(write(client.fd, text.data(), text.size()), 5000);
  std::string got(5000, ' ');
  ASSERT_EQ(recv(served.fd, got.data(), got.size(), MSG_WAITALL), 5000);

  const auto all = dumped();
  const auto& listening = all.at(cookie_of(server.fd()));
  EXPECT_EQ(listening.state, TcpState::listening);
  EXPECT_EQ(listening.local.port, server.port());
  EXPECT_EQ(listening.send_queue, 512u);
  const auto& ours = all.at(cookie_of(client.fd));
  EXPECT_EQ(ours.state, TcpState::established);
  EXPECT_EQ(ours.remote.port, server.port());
  EXPECT_EQ(to_string(ours.remote.ip), GetParam() == AF_INET ? "127.0.0.1" : "::1");
  EXPECT_EQ(ours.uid, getuid());
  EXPECT_NE(ours.inode, 0u);
  ASSERT_TRUE(ours.figures);
  EXPECT_EQ(ours.figures->bytes_sent, 5000u);
  EXPECT_EQ(ours.figures->bytes_acked, 5001u) << "and its SYN";
  EXPECT_GT(ours.figures->rtt_us, 0u);
  const auto& theirs = all.at(cookie_of(served.fd));
  EXPECT_EQ(theirs.local.port, server.port());
  EXPECT_EQ(theirs.remote, ours.local);
  EXPECT_EQ(theirs.figures->bytes_received, 5000u);
}

TEST_P(TcpSockets, AreChosenByState) {
  Server server(GetParam());
  auto [client, served] = server.connect();
  const auto all = dumped(mask_of(TcpState::listening));
  EXPECT_TRUE(all.contains(cookie_of(server.fd())));
  EXPECT_FALSE(all.contains(cookie_of(client.fd)));
}

// Until there is something to read, or only until some were lost (no events): at most five seconds.
void wait_for(const EndedTcp& ended, short events) {
  pollfd wanted{ended.descriptor(), events, 0};
  EXPECT_EQ(poll(&wanted, 1, 5'000), 1);
}

// However short: each has two ends, and each end is told once, with what went over it.
TEST_P(TcpSockets, EachThatEndsIsTold) {
  constexpr int kConnections = 2000;
  auto ended = EndedTcp::open();
  ASSERT_TRUE(ended);
  Server server(GetParam());
  std::set<std::uint64_t> opened, told;
  std::uint64_t bytes = 0;
  std::size_t twice = 0, lost = 0;
  const auto take = [&](const TcpSocket& one) {
    if (one.local.port != server.port() && one.remote.port != server.port()) return;
    if (!told.insert(one.cookie).second) ++twice;
    ASSERT_TRUE(one.figures);
    if (one.remote.port == server.port()) bytes += one.figures->bytes_sent;
  };
  for (int i = 0; i < kConnections; ++i) {
    auto [client, served] = server.connect();
    opened.insert(cookie_of(client.fd));
    opened.insert(cookie_of(served.fd));
    ASSERT_EQ(write(client.fd, "abc", 3), 3);
    char got[3];
    ASSERT_EQ(recv(served.fd, got, sizeof got, MSG_WAITALL), 3);
    client.close();
    ASSERT_EQ(recv(served.fd, got, 1, 0), 0);
    served.close();
    if (i % 500 == 0) lost += ended->read(take);
  }
  // The last ones end in the kernel's own time.
  while (told.size() < opened.size() && !HasFailure()) {
    wait_for(*ended, POLLIN);
    lost += ended->read(take);
  }
  EXPECT_EQ(told, opened);
  EXPECT_EQ(twice, 0u);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(bytes, 3u * kConnections);
}

// More than wait to be read: that some were lost is told, and what comes later is heard.
TEST_P(TcpSockets, WhatIsTooMuchToBeHeardOfIsTold) {
  auto ended = EndedTcp::open(4096);
  ASSERT_TRUE(ended);
  Server server(GetParam());
  for (int i = 0; i < 500; ++i) {
    auto [client, served] = server.connect();
    client.close();
    char got;
    ASSERT_EQ(recv(served.fd, &got, 1, 0), 0);
  }
  wait_for(*ended, 0);
  std::size_t told = 0;
  EXPECT_GT(ended->read([&](const TcpSocket&) { ++told; }), 0u);
  EXPECT_LT(told, 1000u);
  // The kernel may still be telling of the many: what ends now may be lost as they are.
  std::set<std::uint64_t> later;
  bool heard = false;
  while (!heard && later.size() < 1000 && !HasFailure()) {
    {
      auto [client, served] = server.connect();
      later.insert(cookie_of(client.fd));
      served.close();
      char got;
      ASSERT_EQ(recv(client.fd, &got, 1, 0), 0);
    }
    wait_for(*ended, POLLIN);
    ended->read([&](const TcpSocket& one) { heard |= later.count(one.cookie) != 0; });
  }
  EXPECT_TRUE(heard);
}

INSTANTIATE_TEST_SUITE_P(Families, TcpSockets, testing::Values(AF_INET, AF_INET6),
                         [](const auto& one) { return one.param == AF_INET ? "IPv4" : "IPv6"; });

std::string message(std::uint32_t sequence, const std::string& body) {
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + body.size());
  head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  head.nlmsg_seq = sequence;
  return std::string(reinterpret_cast<const char*>(&head), sizeof head) + body;
}

std::string socket_body(std::uint16_t port) {
  inet_diag_msg socket{};
  socket.idiag_family = AF_INET;
  socket.id.idiag_sport = htons(port);
  nlattr info{};
  info.nla_type = INET_DIAG_INFO;
  info.nla_len = sizeof info + 200;
  return std::string(reinterpret_cast<const char*>(&socket), sizeof socket) +
         std::string(reinterpret_cast<const char*>(&info), sizeof info) + std::string(200, 'x');
}

// A question that was given up may still be answered while the next one waits.
TEST(TcpMessage, AnswersToAnotherQuestionAreLeftOut) {
  const auto bytes = message(4, socket_body(80)) + message(5, socket_body(443));
  const auto all = parse_tcp_messages(bytes, 5);
  ASSERT_EQ(all.sockets.size(), 1u);
  EXPECT_EQ(all.sockets[0].local.port, 443);
  EXPECT_TRUE(all.sockets[0].figures);
}

// Some bytes of a real one changed, and cut off anywhere.
TEST(TcpMessage, AnyBytesAreTaken) {
  std::mt19937 random(7);
  const auto whole = message(0, socket_body(80)) + message(0, socket_body(443));
  std::size_t found = 0, without_figures = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = whole;
    for (auto changes = random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(random() % 3 == 0 ? random() % bytes.size() : bytes.size());
    const auto all = parse_tcp_messages(bytes);
    EXPECT_LE(all.sockets.size(), 2u);
    found += all.sockets.size();
    for (const auto& one : all.sockets) without_figures += one.figures ? 0 : 1;
  }
  EXPECT_GT(found, 20'000u);
  EXPECT_GT(without_figures, 0u);
  EXPECT_TRUE(parse_tcp_messages("").sockets.empty());
}

TEST(IpAddresses, AreWrittenAsPeopleWriteThem) {
  IpAddress ip;
  ip.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(to_string(ip), "2001:db8::1");
  ip.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
  EXPECT_EQ(to_string(ip), "10.0.0.1");
}

}  // namespace
}  // namespace monitron::host
