#include "http/target.hpp"

#include "base/bytes.hpp"

namespace monitron::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> percent_decode(std::string_view raw, bool plus_is_space) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (raw[i] != '%') {
      out += raw[i];
    } else {
      const int high = i + 2 < raw.size() ? hex_digit(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? hex_digit(raw[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Fault::invalid, "bad percent-encoding");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!is_valid_utf8(out)) return fail(Fault::invalid, "not valid UTF-8");
  return out;
}

bool has_bad_segment(std::string_view path) {
  std::size_t start = 1;
  while (start <= path.size()) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    if (segment.empty() && end != path.size()) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

Result<std::string> decode_path(std::string_view raw) {
  if (raw.empty() || raw.front() != '/') return fail(Fault::invalid, "a path begins with /");
  for (const std::string_view slash : {"%2f", "%2F", "%5c", "%5C"}) {
    if (raw.find(slash) != std::string_view::npos) {
      return fail(Fault::invalid, "an encoded slash is not allowed in a path");
    }
  }
  auto path = percent_decode(raw, false);
  if (path && has_bad_segment(*path)) return fail(Fault::invalid, "empty or dot segment in a path");
  return path;
}

Result<std::string> decode_query_part(std::string_view raw) { return percent_decode(raw, true); }

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

}  // namespace monitron::http
