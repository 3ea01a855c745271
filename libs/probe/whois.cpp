#include "probe/whois.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace monitron::probe {

namespace {

constexpr std::size_t kMostStatuses = 20;
constexpr std::size_t kLongestValue = 256;

struct QueryForm {
  std::string_view server;
  std::string_view before;
  std::string_view after;
};
constexpr QueryForm kQueries[] = {{"whois.denic.de", "-T dn,ace ", ""},
                                  {"whois.jprs.jp", "", "/e"},
                                  {"whois.verisign-grs.com", "domain ", ""}};

// What the lines with a date are called, the most telling first: a registrar's date may be another
// than the registry's.
constexpr std::string_view kExpiryKeys[] = {"registry expiry date",
                                            "registrar registration expiration date",
                                            "domain expiration date",
                                            "domain expires",
                                            "record expires on",
                                            "record expired",
                                            "expiration date",
                                            "expiration time",
                                            "expiry date",
                                            "expire date",
                                            "expire-date",
                                            "expires on",
                                            "expires at",
                                            "expires",
                                            "expire",
                                            "expiry",
                                            "paid-till",
                                            "renewal date",
                                            "registered until",
                                            "valid until",
                                            "validity"};
constexpr std::string_view kRegistrarKeys[] = {"registrar", "sponsoring registrar",
                                               "registrar name", "registrar organization",
                                               "registrar-name"};
constexpr std::string_view kStatusKeys[] = {"domain status", "status", "state", "eppstatus"};
constexpr std::string_view kReferralKeys[] = {"refer", "whois", "registrar whois server",
                                              "whois server", "referralserver"};

// How lines begin that say that nobody has the name.
constexpr std::string_view kNotRegistered[] = {"no match",
                                               "not found",
                                               "domain not found",
                                               "no data found",
                                               "no entries found",
                                               "no object found",
                                               "no such domain",
                                               "nothing found",
                                               "object does not exist",
                                               "the queried object does not exist",
                                               "domain status: available",
                                               "domain status: no object found",
                                               "status: available",
                                               "status: free"};
constexpr std::string_view kRefused[] = {"quota exceeded", "limit exceeded",  "exceeded the limit",
                                         "too many",       "try again later", "access denied",
                                         "rate limit",     "blacklisted"};

constexpr const char* kDates[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
                                  "%Y-%m-%d",          "%Y/%m/%d %H:%M:%S",
                                  "%Y/%m/%d",          "%Y.%m.%d %H:%M:%S",
                                  "%Y.%m.%d",          "%Y. %m. %d",
                                  "%Y%m%d%H%M%S",      "%Y%m%d",
                                  "%Y-%b-%d",          "%d.%m.%Y %H:%M:%S",
                                  "%d.%m.%Y",          "%d-%b-%Y %H:%M:%S",
                                  "%d-%b-%Y",          "%d-%m-%Y",
                                  "%d/%m/%Y %H:%M:%S", "%d/%m/%Y",
                                  "%d %b %Y",          "%b %d %Y",
                                  "%b %d, %Y",         "%a %b %d %H:%M:%S GMT %Y"};

// What may follow a date: a fraction, a zone, a remark. Nothing if it is something else; else what
// to take off to come to UTC.
std::optional<std::chrono::minutes> offset_of(std::string_view rest) {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') rest.remove_prefix(1);
  }
  const bool apart = rest.starts_with(' ');
  rest = trim(rest);
  if (rest.empty() || rest.front() == '(' || rest.front() == 'T') return std::chrono::minutes(0);
  const std::string word = to_lower(rest.substr(0, rest.find_first_of(" (")));
  if (word == "z" || word == "utc" || word == "gmt") return std::chrono::minutes(0);
  if (word.size() < 3 || (word[0] != '+' && word[0] != '-')) {
    const bool name =
        apart && word[0] >= 'a' && word[0] <= 'z';  // of a zone; a day is exact enough
    return name ? std::optional(std::chrono::minutes(0)) : std::nullopt;
  }
  const auto hours = parse_number<unsigned>(std::string_view(word).substr(1, 2));
  const auto tail = word.size() < 5 ? "0" : word.substr(word[3] == ':' ? 4 : 3, 2);
  const auto minutes = parse_number<unsigned>(tail);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(static_cast<int>(*hours * 60 + *minutes));
  return word[0] == '-' ? -offset : offset;
}

// A line, ready to be looked at: "[Expires on]   2027/03/31" is "expires on]   2027/03/31".
struct Line {
  std::string_view text;
  std::string lower;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() &&
           std::string_view("[%*#>. \t").find(line.front()) != std::string_view::npos) {
      line.remove_prefix(1);
    }
    if (!line.empty()) lines.push_back({line, to_lower(line.substr(0, kLongestValue))});
  }
  return lines;
}

// What follows `key` in a line that begins with it. Only before dates blanks alone may stand.
std::optional<std::string_view> value_after(const Line& line, std::string_view key,
                                            bool blanks = false) {
  if (!line.lower.starts_with(key)) return std::nullopt;
  auto rest = line.text.substr(key.size());
  constexpr std::string_view kBetween = " \t.:]";
  if (!rest.empty() && kBetween.find(rest.front()) == std::string_view::npos) return std::nullopt;
  const auto begin = std::min(rest.find_first_not_of(kBetween), rest.size());
  const bool marked = rest.substr(0, begin).find_first_of(":]") != std::string_view::npos;
  if (!marked && !blanks) return std::nullopt;
  rest.remove_prefix(begin);
  return rest.substr(0, kLongestValue);
}

template <class Keys>
std::optional<std::string_view> first_value(const std::vector<Line>& lines, const Keys& keys) {
  for (const auto key : keys) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto value = value_after(lines[i], key);
      if (!value) continue;
      if (!value->empty()) return *value;
      // The value on a line of its own.
      const bool other =
          i + 1 == lines.size() || lines[i + 1].text.find(':') != std::string_view::npos;
      if (!other) return lines[i + 1].text.substr(0, kLongestValue);
    }
  }
  return std::nullopt;
}

std::optional<Instant> expiry_of(const std::vector<Line>& lines) {
  for (const auto key : kExpiryKeys) {
    for (const auto& line : lines) {
      const auto value = value_after(line, key, true);
      if (!value || value->empty()) continue;
      if (auto date = parse_whois_date(*value)) return date;
    }
  }
  return std::nullopt;
}

std::vector<std::string> statuses_of(const std::vector<Line>& lines) {
  std::vector<std::string> statuses;
  for (const auto& line : lines) {
    for (const auto key : kStatusKeys) {
      const auto value = value_after(line, key);
      if (!value) continue;
      for (const auto& one : split_list(*value)) {
        if (statuses.size() < kMostStatuses) statuses.push_back(epp_status(one));
      }
      break;
    }
  }
  return statuses;
}

std::string referral_of(const std::vector<Line>& lines) {
  const auto value = first_value(lines, kReferralKeys);
  if (!value) return {};
  std::string_view server = *value;
  const auto scheme = server.find("://");
  if (scheme != std::string_view::npos) {
    if (!server.starts_with("whois://")) return {};
    server.remove_prefix(scheme + 3);
  }
  return to_lower(server.substr(0, server.find_first_of("/ \t\r")));
}

template <class Phrases, class Match>
bool says(const std::vector<Line>& lines, const Phrases& phrases, Match match) {
  return std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
    std::string plain;  // blanks single
    for (const char c : line.lower) {
      if (c == '\t' || c == ' ') {
        if (!plain.ends_with(' ')) plain += ' ';
      } else {
        plain += c;
      }
    }
    return std::any_of(std::begin(phrases), std::end(phrases),
                       [&](std::string_view phrase) { return match(plain, phrase); });
  });
}

}  // namespace

std::string whois_query(std::string_view server_host, std::string_view domain) {
  for (const auto& form : kQueries) {
    if (form.server != server_host) continue;
    return std::string(form.before) + std::string(domain) + std::string(form.after);
  }
  return std::string(domain);
}

std::optional<Instant> parse_whois_date(std::string_view text) {
  const std::string line(trim(text).substr(0, 64));
  for (const char* format : kDates) {
    std::tm parts{};
    const char* rest = strptime(line.c_str(), format, &parts);
    if (rest == nullptr || parts.tm_year < 70 || parts.tm_year > 400) continue;
    const auto offset = offset_of(rest);
    if (!offset) continue;
    const auto seconds = static_cast<std::int64_t>(timegm(&parts));
    return from_ms(seconds * 1000) - *offset;
  }
  return std::nullopt;
}

WhoisAnswer parse_whois(std::string_view text) {
  const auto lines = lines_of(text.substr(0, kWhoisLimit));
  WhoisAnswer answer;
  auto& registration = answer.registration;
  registration.expires = expiry_of(lines);
  registration.registrar = first_value(lines, kRegistrarKeys).value_or("");
  registration.statuses = statuses_of(lines);
  answer.referral = referral_of(lines);
  if (registration.expires) return answer;
  answer.not_registered = says(lines, kNotRegistered, [](const auto& line, auto phrase) {
    return line.starts_with(phrase);
  });
  answer.refused = says(lines, kRefused, [](const auto& line, auto phrase) {
    return line.find(phrase) != std::string::npos;
  });
  return answer;
}

}  // namespace monitron::probe
