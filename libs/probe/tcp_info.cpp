#include "probe/tcp_info.hpp"

#include <array>
#include <linux/tcp.h>  // that of the C library lacks the later members
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>

namespace monitron::probe {

namespace {

std::optional<tcp_info> read(int fd) {
  tcp_info kernel{};
  socklen_t size = sizeof(kernel);
  if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &kernel, &size) != 0) return std::nullopt;
  return kernel;
}

std::string_view state_name(std::size_t state) {
  constexpr std::array<std::string_view, 12> kNames{
      "?",         "established", "SYN sent",   "SYN received", "FIN wait 1", "FIN wait 2",
      "time wait", "closed",      "close wait", "last ACK",     "listening",  "closing"};
  return kNames[state < kNames.size() ? state : 0];
}

}  // namespace

TcpInfo read_tcp_info(int fd) {
  const auto kernel = read(fd);
  if (!kernel) return {};
  return {kernel->tcpi_rtt / 1e6, static_cast<double>(kernel->tcpi_total_retrans),
          static_cast<double>(kernel->tcpi_lost), static_cast<double>(kernel->tcpi_delivery_rate)};
}

std::string tcp_info_text(int fd) {
  const auto kernel = read(fd);
  if (!kernel) return {};
  std::string text(state_name(kernel->tcpi_state));
  const auto add = [&](const char* name, std::uint64_t value, const char* unit = "") {
    text += std::string(", ") + name + " " + std::to_string(value) + unit;
  };
  add("rtt", kernel->tcpi_rtt, " µs");
  add("variation", kernel->tcpi_rttvar, " µs");
  add("sent again", kernel->tcpi_total_retrans);
  add("unacknowledged", kernel->tcpi_unacked);
  add("lost", kernel->tcpi_lost);
  add("bytes acknowledged", kernel->tcpi_bytes_acked);
  add("received", kernel->tcpi_bytes_received);
  return text;
}

}  // namespace monitron::probe
