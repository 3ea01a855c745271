#include "tun_network.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace monitron::probe {

namespace {

struct V6Request {  // of linux/ipv6.h, which cannot be read beside netinet/in.h
  in6_addr address;
  std::uint32_t prefix;
  int interface;
};

bool bring_up(const char* name, int inet) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(inet, SIOCSIFFLAGS, &request) == 0;
}

bool set_addresses(const char* name, int inet, int inet6) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  auto* address = reinterpret_cast<sockaddr_in*>(&request.ifr_addr);
  address->sin_family = AF_INET;
  inet_pton(AF_INET, "10.99.0.1", &address->sin_addr);
  if (ioctl(inet, SIOCSIFADDR, &request) != 0) return false;
  inet_pton(AF_INET, "255.255.255.0", &address->sin_addr);
  if (ioctl(inet, SIOCSIFNETMASK, &request) != 0) return false;
  V6Request six{};
  inet_pton(AF_INET6, "fd99::1", &six.address);
  six.prefix = 64;
  six.interface = static_cast<int>(if_nametoindex(name));
  return ioctl(inet6, SIOCSIFADDR, &six) == 0;
}

int open_network(bool ping_sockets) {
  if (unshare(CLONE_NEWNET) != 0) return -1;
  std::ofstream("/proc/sys/net/ipv4/ping_group_range") << (ping_sockets ? "0 2147483647" : "1 0");
  const int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  ifreq request{};
  std::strncpy(request.ifr_name, "test0", IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (tun < 0 || ioctl(tun, TUNSETIFF, &request) != 0) return -1;
  const int inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int inet6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool ready =
      bring_up("lo", inet) && bring_up("test0", inet) && set_addresses("test0", inet, inet6);
  close(inet);
  close(inet6);
  return ready ? tun : -1;
}

void serve(int tun, int end, const Peer& peer) {
  std::array<char, 2048> packet{};
  std::array<pollfd, 2> ready{{{tun, POLLIN, 0}, {end, POLLIN, 0}}};
  while (poll(ready.data(), ready.size(), -1) > 0 && ready[1].revents == 0) {
    const ssize_t size = read(tun, packet.data(), packet.size());
    if (size <= 0) return;
    for (const auto& answer : peer({packet.data(), static_cast<std::size_t>(size)})) {
      if (write(tun, answer.data(), answer.size()) < 0) return;
    }
  }
}

bool is_v6(std::string_view packet) { return static_cast<unsigned char>(packet[0]) >> 4 == 6; }

std::size_t header_of(std::string_view packet) { return is_v6(packet) ? 40 : 20; }

void set_checksum(std::string& packet, std::size_t from, std::size_t at, std::uint32_t sum = 0) {
  packet[at] = packet[at + 1] = 0;
  const std::size_t end = from == 0 ? 20 : packet.size();
  for (std::size_t i = from; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(packet[i]);
    sum += (i - from) % 2 == 0 ? byte << 8U : byte;
  }
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  packet[at] = static_cast<char>(~sum >> 8U);
  packet[at + 1] = static_cast<char>(~sum);
}

void seal(std::string& packet) {
  const std::size_t header = header_of(packet);
  std::uint32_t pseudo = 0;
  if (is_v6(packet)) {
    for (std::size_t i = 8; i < 40; ++i) {
      const auto byte = static_cast<unsigned char>(packet[i]);
      pseudo += i % 2 == 0 ? byte << 8U : byte;
    }
    pseudo += static_cast<std::uint32_t>(packet.size() - header) + IPPROTO_ICMPV6;
  } else {
    set_checksum(packet, 0, 10);
  }
  set_checksum(packet, header, header + 2, pseudo);
}

void set_length(std::string& packet) {
  const std::size_t length = is_v6(packet) ? packet.size() - 40 : packet.size();
  const std::size_t at = is_v6(packet) ? 4 : 2;
  packet[at] = static_cast<char>(length >> 8U);
  packet[at + 1] = static_cast<char>(length);
}

}  // namespace

bool in_tun_network(bool ping_sockets, const Peer& peer, const std::function<void()>& body) {
  bool made = false;
  std::thread([&] {
    const int tun = open_network(ping_sockets);
    made = tun >= 0;
    if (!made) return;
    const int end = eventfd(0, EFD_CLOEXEC);
    std::thread server([&] { serve(tun, end, peer); });
    body();
    eventfd_write(end, 1);
    server.join();
    close(end);
    close(tun);
  }).join();
  return made;
}

int sockets_in(const std::string& table) {
  std::ifstream file("/proc/thread-self/net/" + table);
  int lines = -1;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

std::string echo_reply_to(std::string_view request) {
  std::string reply(request);
  const std::size_t bytes = is_v6(request) ? 16 : 4;
  const std::size_t from = is_v6(request) ? 8 : 12;
  for (std::size_t i = 0; i < bytes; ++i) std::swap(reply[from + i], reply[from + bytes + i]);
  reply[header_of(request)] = static_cast<char>(is_v6(request) ? 129 : 0);
  seal(reply);
  return reply;
}

std::string icmp_error_to(std::string_view request, int type, int code, std::size_t quoted) {
  const std::size_t header = header_of(request);
  const std::size_t bytes = is_v6(request) ? 16 : 4;
  const std::size_t from = is_v6(request) ? 8 : 12;
  std::string error(request.substr(0, header));
  error.replace(from + bytes, bytes, request.substr(from, bytes));
  error.replace(from, bytes, request.substr(from, bytes));
  error[from + bytes - 1] = static_cast<char>(0xfe);  // the router, of the same network
  if (!is_v6(request)) error[8] = 64;
  error += {static_cast<char>(type), static_cast<char>(code), 0, 0, 0, 0, 0, 0};
  error += request.substr(0, header + quoted);
  set_length(error);
  seal(error);
  return error;
}

}  // namespace monitron::probe
