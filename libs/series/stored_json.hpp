#pragma once
// What others say, as PostgreSQL takes it. Private to this room.

#include "base/bytes.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace monitron::series {

// PostgreSQL's text and jsonb know no NUL, and what a site answers may hold one.
inline std::string without_nul(std::string text) {
  std::erase(text, '\0');
  return text;
}

// What is no UTF-8 is replaced.
inline std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Text as it is stored by such JSON.
inline std::string storable(const std::string& text) {
  auto clean = without_nul(text);
  return is_valid_utf8(clean) ? clean
                              : nlohmann::ordered_json::parse(dump(clean)).get<std::string>();
}

}  // namespace monitron::series
