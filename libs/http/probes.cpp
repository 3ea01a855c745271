#include "http/probes.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::http {
namespace {

constexpr int kDeadlineMs = 1000;

// Takes the next word of `line` off its front.
std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

std::string answer_text(int status, std::string_view reason, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason) +
         "\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

Result<sockaddr_in> parse_address(const std::string& address) {
  const auto colon = address.rfind(':');
  sockaddr_in parsed{};
  parsed.sin_family = AF_INET;
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : parse_number<std::uint16_t>(std::string_view(address).substr(colon + 1));
  const auto name = address.substr(0, colon);
  if (!port || inet_pton(AF_INET, name.c_str(), &parsed.sin_addr) != 1) {
    return fail(Fault::invalid, "probes address " + address + ": is not <IPv4 address>:<port>");
  }
  parsed.sin_port = htons(*port);
  return parsed;
}

}  // namespace

void ProbeStatus::set(std::vector<Role> roles, std::function<std::string()> metrics) {
  const std::lock_guard lock(mutex_);
  roles_ = std::move(roles);
  metrics_ = std::move(metrics);
}

bool ProbeStatus::ready() const {
  const std::lock_guard lock(mutex_);
  for (const auto& role : roles_) {
    if (!role.ready) return false;
  }
  return !roles_.empty();
}

std::string ProbeStatus::verbose() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& role : roles_) {
    text += role.name + (role.ready ? " ok" : " not ready: " + role.detail) + "\n";
  }
  return text;
}

std::string ProbeStatus::metrics() const {
  std::function<std::string()> make;
  {
    const std::lock_guard lock(mutex_);
    make = metrics_;
  }
  return make ? make() : "";
}

std::string probe_answer(std::string_view request_line, const ProbeStatus& status) {
  const auto method = take_word(request_line);
  const auto target = take_word(request_line);
  if (method != "GET") return answer_text(405, "Method Not Allowed", "");
  if (target == "/livez") return answer_text(200, "OK", "ok\n");
  if (target == "/metrics") return answer_text(200, "OK", status.metrics());
  if (target != "/readyz" && target != "/readyz?verbose") return answer_text(404, "Not Found", "");
  const bool ready = status.ready();
  const auto body = target == "/readyz" ? (ready ? "ok\n" : "not ready\n") : status.verbose();
  return answer_text(ready ? 200 : 503, ready ? "OK" : "Service Unavailable", body);
}

Result<std::unique_ptr<Probes>> Probes::listen(const std::string& address,
                                               const ProbeStatus& status) {
  auto parsed = parse_address(address);
  if (!parsed) return fail(parsed.error());
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof *parsed;
  auto* raw = reinterpret_cast<sockaddr*>(&*parsed);
  if (::bind(socket, raw, size) != 0 || ::listen(socket, 16) != 0) {
    const std::string reason = std::strerror(errno);
    ::close(socket);
    return fail(Fault::unavailable, "probes address " + address + ": " + reason);
  }
  ::getsockname(socket, raw, &size);
  return std::make_unique<Probes>(socket, ntohs(parsed->sin_port), status);
}

Probes::Probes(int socket, int port, const ProbeStatus& status)
    : socket_(socket), port_(port), status_(status), thread_([this] { serve(); }) {}

Probes::~Probes() {
  stopping_ = true;
  ::shutdown(socket_, SHUT_RDWR);  // wakes poll
  thread_.join();
  ::close(socket_);
}

void Probes::serve() {
  while (!stopping_) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, -1) <= 0) continue;
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) {
      ::poll(nullptr, 0, 100);  // no descriptor left: the caller waits, and this must not spin
      continue;
    }
    answer(connection);
    ::close(connection);
  }
}

void Probes::answer(int connection) const {
  const timeval deadline{kDeadlineMs / 1000, 0};
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  std::array<char, 2048> buffer{};
  std::size_t filled = 0;
  std::string_view request;
  // At most a few reads: whoever sends a byte at a time is cut off by the buffer of tries.
  for (int tries = 0; tries < 8 && filled < buffer.size(); ++tries) {
    const auto got = ::recv(connection, buffer.data() + filled, buffer.size() - filled, 0);
    if (got <= 0) return;
    filled += static_cast<std::size_t>(got);
    request = {buffer.data(), filled};
    if (request.find("\r\n\r\n") != std::string_view::npos) break;
  }
  const auto text = probe_answer(request.substr(0, request.find("\r\n")), status_);
  ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
  ::shutdown(connection, SHUT_WR);
}

}  // namespace monitron::http
