#include "probe/route.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <optional>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return fd_; }

 private:
  int fd_;
};

// A question to the kernel's routing, with its attributes behind the fixed part.
struct Question {
  alignas(NLMSG_ALIGNTO) std::array<char, 128> bytes{};

  template <class Body>
  Body& begin(std::uint16_t type, std::uint8_t family) {
    head().nlmsg_len = NLMSG_LENGTH(sizeof(Body));
    head().nlmsg_type = type;
    head().nlmsg_flags = NLM_F_REQUEST;
    auto* body = static_cast<Body*>(NLMSG_DATA(&head()));
    *reinterpret_cast<std::uint8_t*>(body) = family;  // the first member of each
    return *body;
  }
  void add(std::uint16_t type, const std::string& value) {
    auto* part = reinterpret_cast<rtattr*>(bytes.data() + NLMSG_ALIGN(head().nlmsg_len));
    part->rta_type = type;
    part->rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size()));
    std::memcpy(RTA_DATA(part), value.data(), value.size());
    head().nlmsg_len = NLMSG_ALIGN(head().nlmsg_len) + RTA_ALIGN(part->rta_len);
  }
  nlmsghdr& head() { return *reinterpret_cast<nlmsghdr*>(bytes.data()); }
};

using Answer = std::array<char, 4096>;

// Null: the kernel does not tell.
const nlmsghdr* ask(Question& question, std::uint16_t expected, Answer& answer) {
  const Descriptor netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (netlink < 0) return nullptr;
  if (send(netlink, question.bytes.data(), question.head().nlmsg_len, 0) < 0) return nullptr;
  // The kernel answers within `send`.
  const ssize_t size = recv(netlink, answer.data(), answer.size(), MSG_DONTWAIT);
  const auto* head = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (size <= 0 || !NLMSG_OK(head, static_cast<std::size_t>(size))) return nullptr;
  return head->nlmsg_type == expected ? head : nullptr;
}

template <class Body>
std::string attribute(const nlmsghdr* head, std::uint16_t type) {
  const std::size_t fixed = NLMSG_SPACE(sizeof(Body));
  const auto* part = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(head) + fixed);
  for (int left = static_cast<int>(head->nlmsg_len - fixed); RTA_OK(part, left);
       part = RTA_NEXT(part, left)) {
    if (part->rta_type != type) continue;
    return {static_cast<const char*>(RTA_DATA(part)), RTA_PAYLOAD(part)};
  }
  return {};
}

bool is_link_down(const std::array<char, IFNAMSIZ>& name) {
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::copy(name.begin(), name.end(), request.ifr_name);
  if (any < 0 || ioctl(any, SIOCGIFFLAGS, &request) != 0) return false;
  constexpr int kGood = IFF_UP | IFF_RUNNING;
  return (request.ifr_flags & kGood) != kGood;
}

// The gateway was asked for its hardware address and did not say it.
bool is_silent(const std::string& gateway, std::uint8_t family, int link) {
  Question question;
  auto& body = question.begin<ndmsg>(RTM_GETNEIGH, family);
  body.ndm_ifindex = link;
  question.add(NDA_DST, gateway);
  Answer answer;
  const nlmsghdr* head = ask(question, RTM_NEWNEIGH, answer);
  if (head == nullptr) return false;
  const auto* found = static_cast<const ndmsg*>(NLMSG_DATA(head));
  return (found->ndm_state & (NUD_FAILED | NUD_INCOMPLETE)) != 0;
}

std::string address_text(const std::string& bytes, int family) {
  std::array<char, 64> text{};
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string first_hop_trouble(const Address& to) {
  const auto family = static_cast<std::uint8_t>(to.family());
  Question question;
  const std::string bytes = to.bytes();
  question.begin<rtmsg>(RTM_GETROUTE, family).rtm_dst_len =
      static_cast<unsigned char>(bytes.size() * 8);
  question.add(RTA_DST, bytes);
  Answer answer;
  const nlmsghdr* route = ask(question, RTM_NEWROUTE, answer);
  if (route == nullptr) return {};
  const std::string link = attribute<rtmsg>(route, RTA_OIF);
  const std::string gateway = attribute<rtmsg>(route, RTA_GATEWAY);
  int index = 0;
  if (link.size() != sizeof(index)) return {};
  std::memcpy(&index, link.data(), sizeof(index));
  std::array<char, IFNAMSIZ> name{};
  if (if_indextoname(static_cast<unsigned>(index), name.data()) == nullptr) return {};
  if (is_link_down(name)) return std::string("the link ") + name.data() + " is down";
  if (gateway.size() != bytes.size() || !is_silent(gateway, family, index)) return {};
  return "the gateway " + address_text(gateway, family) + " does not answer";
}

}  // namespace

std::string route_trouble(const Address& to) {
  const Descriptor probe(socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (probe < 0) return {};
  Address discard = to;
  discard.set_port(9);
  // Sends nothing: it looks for the route.
  if (connect(probe, discard.raw(), discard.length()) == 0) return first_hop_trouble(to);
  const bool no_way = errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ENETDOWN;
  return no_way ? "this machine has no route to " + to.str() : std::string();
}

}  // namespace monitron::probe
