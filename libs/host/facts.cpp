#include "host/facts.hpp"

#include "host/proc_file.hpp"
#include "host/scan.hpp"

#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace monitron::host {
namespace {

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) return {};
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

// IPv4 before IPv6: it is what people look for in a list of hosts.
std::string first_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {};
  std::string found;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const ifaddrs* at = all; at != nullptr && found.empty(); at = at->ifa_next) {
      const bool usable = (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_LOOPBACK) == 0;
      if (!usable || at->ifa_addr == nullptr || at->ifa_addr->sa_family != family) continue;
      found = address_text(*at->ifa_addr);
    }
  }
  freeifaddrs(all);
  return found;
}

}  // namespace

std::string parse_os_release(std::string_view text) {
  while (!text.empty()) {
    auto line = take_line(text);
    if (take_until(line, '=') != "PRETTY_NAME") continue;
    if (line.size() >= 2 && (line.front() == '"' || line.front() == '\'')) {
      line = line.substr(1, line.size() - 2);
    }
    return std::string(line);
  }
  return {};
}

Facts read_facts() {
  Facts facts;
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) facts.hostname = name.data();
  if (facts.hostname.empty()) facts.hostname = "localhost";
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    if (facts.os.empty()) facts.os = parse_os_release(read_text(path).value_or(""));
  }
  utsname kernel{};
  if (uname(&kernel) == 0) {
    facts.os += (facts.os.empty() ? "" : ", ") + std::string(kernel.sysname) + " " + kernel.release;
  }
  facts.ip_address = first_address();
  return facts;
}

}  // namespace monitron::host
