#include "probe/redis_replies.hpp"

#include "base/text.hpp"

namespace monitron::probe::redis {

namespace {

constexpr std::size_t kLineBytes = 4096;
constexpr std::int64_t kBulkBytes = 1 << 16;

}  // namespace

Reply read_reply(std::string_view bytes) {
  constexpr std::string_view kTypes = "+-:$";
  if (bytes.empty()) return {};
  if (kTypes.find(bytes[0]) == std::string_view::npos) return {.state = Framing::broken};
  const auto end = bytes.find("\r\n");
  if (end == std::string_view::npos) {
    return {.state = bytes.size() > kLineBytes ? Framing::broken : Framing::more};
  }
  const auto line = bytes.substr(1, end - 1);
  if (bytes[0] != '$') return {Framing::whole, end + 2, bytes[0], line};
  const auto length = parse_number<std::int64_t>(line);
  if (!length || *length < -1 || *length > kBulkBytes) return {.state = Framing::broken};
  if (*length == -1) return {Framing::whole, end + 2, '$', {}};
  const std::size_t size = end + 2 + static_cast<std::size_t>(*length) + 2;
  if (bytes.size() < size) return {};
  if (bytes.substr(size - 2, 2) != "\r\n") return {.state = Framing::broken};
  return {Framing::whole, size, '$', bytes.substr(end + 2, static_cast<std::size_t>(*length))};
}

std::string command(const std::vector<std::string>& words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return out;
}

std::optional<std::string_view> field_of(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const auto line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(info.size(), line.size() + 1));
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return trim(line.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

}  // namespace monitron::probe::redis
