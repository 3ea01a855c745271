// The way to a target, through network namespaces of our own: three hosts in a row, and what breaks
// between them. Without the rights for that only the loopback is looked at.

#include "probe/route.hpp"

#include "probe/traceroute.hpp"
#include "testkit/eventually.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace monitron::probe {

using namespace std::chrono_literals;

namespace {

// a (10.99.0.1) – b (10.99.0.2 | 10.99.1.1) – c (10.99.1.2); a's way to all is by b.
class ThreeHosts {
 public:
  ThreeHosts() {
    works_ = run("ip netns add " + a_) && run("ip netns add " + b_) && run("ip netns add " + c_) &&
             link(a_, "ab", b_, "ba") && link(b_, "bc", c_, "cb") && give(a_, "ab", "10.99.0.1") &&
             give(b_, "ba", "10.99.0.2") && give(b_, "bc", "10.99.1.1") &&
             give(c_, "cb", "10.99.1.2") && in(a_, "ip route add default via 10.99.0.2") &&
             in(c_, "ip route add default via 10.99.1.1") &&
             in(b_, "sysctl -qw net.ipv4.ip_forward=1") &&
             in(b_, "sysctl -qw net.ipv4.icmp_ratelimit=0");
  }
  ~ThreeHosts() {
    for (const auto& name : {a_, b_, c_}) run("ip netns del " + name);
  }
  ThreeHosts(const ThreeHosts&) = delete;
  ThreeHosts& operator=(const ThreeHosts&) = delete;

  bool works() const { return works_; }
  const std::string& a() const { return a_; }
  const std::string& b() const { return b_; }
  static bool in(const std::string& host, const std::string& command) {
    return run("ip netns exec " + host + " " + command);
  }
  // On a thread of its own, so that this one stays where it is.
  static void within(const std::string& host, const std::function<void()>& task) {
    std::thread([&] {
      const int fd = open(("/var/run/netns/" + host).c_str(), O_RDONLY | O_CLOEXEC);
      ASSERT_EQ(setns(fd, CLONE_NEWNET), 0);
      close(fd);
      task();
    }).join();
  }

 private:
  static bool run(const std::string& command) {
    return std::system((command + " 2>/dev/null").c_str()) == 0;
  }
  static bool link(const std::string& one, const std::string& its, const std::string& other,
                   const std::string& others) {
    return run("ip link add " + its + " netns " + one + " type veth peer name " + others +
               " netns " + other);
  }
  static bool give(const std::string& host, const std::string& link, const std::string& address) {
    return in(host, "ip addr add " + address + "/24 dev " + link) &&
           in(host, "ip link set " + link + " up") && in(host, "ip link set lo up");
  }

  const std::string a_ = "monitron_a" + std::to_string(getpid());
  const std::string b_ = "monitron_b" + std::to_string(getpid());
  const std::string c_ = "monitron_c" + std::to_string(getpid());
  bool works_ = false;
};

std::string trace_to(const std::string& address) {
  loop::Loop loop;
  Traceroutes traceroutes(loop);
  std::string way;
  traceroutes.trace(*Address::parse(address), [&](std::string lines) {
    way = std::move(lines);
    loop.stop();
  });
  loop.run();
  return way;
}

}  // namespace

TEST(Route, TheLoopbackIsAlwaysThere) {
  EXPECT_EQ(route_trouble(*Address::parse("127.0.0.1")), "");
}

// Trouble of ours never looks like an outage: what this machine can see of its own first hop.
TEST(Route, NoRouteASilentGatewayAndALinkThatIsDownAreOurs) {
  const ThreeHosts hosts;
  if (!hosts.works()) GTEST_SKIP() << "no rights for network namespaces";
  const auto far = *Address::parse("192.0.2.1");
  const auto trouble = [&] {
    std::string text;
    ThreeHosts::within(hosts.a(), [&] { text = route_trouble(far); });
    return text;
  };
  EXPECT_EQ(trouble(), "");
  // The gateway leaves; somebody has to ask for it before that shows.
  ASSERT_TRUE(ThreeHosts::in(hosts.b(), "ip addr flush dev ba"));
  ASSERT_TRUE(ThreeHosts::in(hosts.a(), "ip neigh flush all"));
  ThreeHosts::within(hosts.a(), [&] {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    Address to = far;
    to.set_port(9);
    sendto(fd, "x", 1, 0, to.raw(), to.length());
    close(fd);
  });
  EXPECT_EQ(trouble(), "the gateway 10.99.0.2 does not answer");
  ASSERT_TRUE(ThreeHosts::in(hosts.b(), "ip link set ba down"));
  // The kernel tells of it within a second.
  EXPECT_TRUE(testkit::eventually(5s, [&] { return trouble() == "the link ab is down"; }));
  ASSERT_TRUE(ThreeHosts::in(hosts.a(), "ip route del default"));
  EXPECT_EQ(trouble(), "this machine has no route to 192.0.2.1");
}

TEST(Traceroute, TheLoopbackIsOneHopAndIsNotTracedTwiceInARow) {
  loop::Loop loop;
  Traceroutes traceroutes(loop);
  std::string way;
  traceroutes.trace(*Address::parse("127.0.0.1"), [&](std::string lines) {
    way = std::move(lines);
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(way.find("1  127.0.0.1  "), 0U) << way;
  bool refused = false;
  traceroutes.trace(*Address::parse("127.0.0.1"),
                    [&](const std::string& lines) { refused = lines.empty(); });
  EXPECT_TRUE(refused);
}

TEST(Traceroute, ShowsEveryHopWithItsTime) {
  const ThreeHosts hosts;
  if (!hosts.works()) GTEST_SKIP() << "no rights for network namespaces";
  std::string way;
  ThreeHosts::within(hosts.a(), [&] { way = trace_to("10.99.1.2"); });
  EXPECT_EQ(way.find("1  10.99.0.2  "), 0U) << way;
  EXPECT_NE(way.find("\n2  10.99.1.2  "), std::string::npos) << way;
  EXPECT_EQ(way.find("\n3"), std::string::npos) << way;
  // Nobody has this address: its network's last router says so after a while, or nothing.
  ThreeHosts::within(hosts.a(), [&] { way = trace_to("10.99.1.77"); });
  EXPECT_EQ(way.find("1  10.99.0.2  "), 0U) << way;
  EXPECT_NE(way.find("no answer beyond"), std::string::npos) << way;
}

}  // namespace monitron::probe
