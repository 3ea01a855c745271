#include "service/database_url.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cctype>

namespace monitron::service {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_percent_encoded(std::string_view text) {
  for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !std::isxdigit(static_cast<unsigned char>(text[at + 1])) ||
        !std::isxdigit(static_cast<unsigned char>(text[at + 2]))) {
      return false;
    }
  }
  return true;
}

// "host:5432,[::1]:5433"
bool are_hosts(std::string_view hosts) {
  while (!hosts.empty()) {
    const auto host = hosts.substr(0, hosts.find(','));
    hosts.remove_prefix(std::min(hosts.size(), host.size() + 1));
    const auto name_end = host.starts_with('[') ? host.find(']') : 0;
    if (name_end == host.npos) return false;
    const auto colon = host.find(':', name_end);
    if (colon == host.npos) continue;
    const auto port = host.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), is_digit)) return false;
  }
  return true;
}

// user:password@hosts/name?options, with everything else percent-encoded.
bool is_url(std::string_view rest) {
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  const auto at = authority.find('@');
  const auto hosts = at == authority.npos ? authority : authority.substr(at + 1);
  return is_percent_encoded(rest) && hosts.find('@') == hosts.npos && are_hosts(hosts);
}

// name=value name='value with \' quotes'
bool are_pairs(std::string_view text) {
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t\n", at)) != text.npos) {
    const auto equals = text.find('=', at);
    const auto name = trim(text.substr(at, equals - at));
    const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    if (equals == text.npos || !std::all_of(name.begin(), name.end(), is_name)) return false;
    at = std::min(text.find_first_not_of(' ', equals + 1), text.size());
    const bool quoted = at < text.size() && text[at] == '\'';
    if (quoted) ++at;
    while (at < text.size() && (quoted ? text[at] != '\'' : text[at] != ' ')) {
      at += text[at] == '\\' ? 2 : 1;
    }
    if (quoted && at++ >= text.size()) return false;
  }
  return true;
}

}  // namespace

std::string problem_with_database_url(std::string_view url) {
  for (const std::string_view scheme : {"postgres://", "postgresql://"}) {
    if (!url.starts_with(scheme)) continue;
    if (is_url(url.substr(scheme.size()))) return "";
    return "is not postgres://user:password@host:port/name; in a password @ / ? % are written as "
           "%40 %2F %3F %25";
  }
  return are_pairs(url) ? ""
                        : "is neither postgres://user:password@host:port/name nor name=value pairs";
}

}  // namespace monitron::service
