#pragma once
// Replies of Redis (RESP 2), as far as a check needs them. Pure; any bytes may come in.
// https://redis.io/docs/latest/develop/reference/protocol-spec/

#include "probe/byte_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe::redis {

struct Reply {
  Framing state = Framing::more;
  std::size_t size = 0;
  char type = 0;  // + text, - error, : number, $ bytes
  std::string_view text{};
};
Reply read_reply(std::string_view bytes);

std::string command(const std::vector<std::string>& words);

// "name:value" of INFO's answer.
std::optional<std::string_view> field_of(std::string_view info, std::string_view name);

}  // namespace monitron::probe::redis
