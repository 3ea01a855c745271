#include "mq/endpoint.hpp"

#include "base/bytes.hpp"

#include <charconv>
#include <optional>

namespace monitron::mq {
namespace {

// Cuts `text` at the first `mark`; the part behind it, or nothing when there is no mark.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

Result<void> read_account(std::string_view account, Endpoint& endpoint) {
  const auto password = cut(account, ':');
  auto user = percent_decode(account);
  if (!user) return fail(user.error().in("user"));
  endpoint.user = std::move(*user);
  auto decoded = percent_decode(password.value_or(""));
  if (!decoded) return fail(decoded.error().in("password"));
  endpoint.password = std::move(*decoded);
  return {};
}

Result<void> read_address(std::string_view address, Endpoint& endpoint) {
  std::string_view port;
  if (address.starts_with('[')) {  // an IPv6 address
    const auto end = address.find(']');
    if (end == std::string_view::npos) return fail(Fault::invalid, "host: no ] after [");
    port = address.substr(end + 1);
    address = address.substr(1, end - 1);
    if (!port.empty() && !port.starts_with(':')) return fail(Fault::invalid, "port: no number");
    if (!port.empty()) port.remove_prefix(1);
  } else {
    port = cut(address, ':').value_or("");
  }
  if (!address.empty()) endpoint.host = std::string(address);
  if (port.empty()) return {};
  const auto read = std::from_chars(port.begin(), port.end(), endpoint.port);
  if (read.ec != std::errc{} || read.ptr != port.end() || endpoint.port < 1 ||
      endpoint.port > 65535) {
    return fail(Fault::invalid, "port: not a number from 1 to 65535");
  }
  return {};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view url) {
  Endpoint endpoint;
  constexpr std::string_view plain = "amqp://", secure = "amqps://";
  if (url.starts_with(secure)) {
    endpoint.tls = true;
    endpoint.port = 5671;
    url.remove_prefix(secure.size());
  } else if (url.starts_with(plain)) {
    url.remove_prefix(plain.size());
  } else {
    return fail(Fault::invalid, "must begin with amqp:// or amqps://");
  }
  url = url.substr(0, url.find('?'));
  const auto vhost = cut(url, '/');
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    if (auto read = read_account(url.substr(0, at), endpoint); !read) return fail(read.error());
    url.remove_prefix(at + 1);
  }
  if (auto read = read_address(url, endpoint); !read) return fail(read.error());
  if (vhost && !vhost->empty()) {
    auto decoded = percent_decode(*vhost);
    if (!decoded) return fail(decoded.error().in("vhost"));
    endpoint.vhost = std::move(*decoded);
  }
  return endpoint;
}

}  // namespace monitron::mq
