#include "probe/legible.hpp"

#include "base/bytes.hpp"

namespace monitron::probe {

std::string legible(std::string_view bytes, std::size_t most) {
  std::size_t end = bytes.size();
  if (end > most) {
    end = most;
    while (end > 0 && (static_cast<unsigned char>(bytes[end]) & 0xc0) == 0x80) --end;
  }
  std::string text(bytes.substr(0, end));
  for (char& byte : text) {
    if (byte == '\r') byte = ' ';
    const bool control = static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t';
    if (control || byte == 0x7f) byte = '.';
  }
  return is_valid_utf8(text) ? text : std::string();
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 100;
  return "\"" + legible(text, kMost) + (text.size() > kMost ? "…\"" : "\"");
}

}  // namespace monitron::probe
