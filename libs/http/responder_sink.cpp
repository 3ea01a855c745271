#include "http/responder_sink.hpp"

#include "base/ids.hpp"

#include <algorithm>

namespace monitron::http {

std::string header_safe(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return text;
}

std::string request_id_of(const Headers& headers) {
  const auto found = headers.find("x-request-id");
  const bool usable = found != headers.end() && !found->second.empty() &&
                      found->second.size() <= 64 &&
                      found->second.find_first_not_of(
                          "0123456789abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == std::string::npos;
  return usable ? found->second : Uuid::make().str();
}

}  // namespace monitron::http
