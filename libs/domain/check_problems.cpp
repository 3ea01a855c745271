// What is wrong with a definition: the limits of check_fields.hpp, and what concerns several
// members.

#include "base/text.hpp"
#include "domain/check.hpp"
#include "domain/check_fields.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <type_traits>

namespace monitron::domain {

namespace {

using Problems = std::vector<CheckProblem>;

void expect(Problems& problems, bool good, std::string field, std::string code,
            std::string message) {
  if (!good) problems.push_back({std::move(field), std::move(code), std::move(message)});
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

// A visitor of fields_of.
class Inspector {
 public:
  Inspector(std::string path, Problems& problems) : path_(std::move(path)), problems_(problems) {}

  template <class T>
  void operator()(const char* name, const T& value, const FieldRule& rule) {
    look(path_ + name, value, rule);
  }

 private:
  template <class T>
  void look(const std::string& field, const T& value, const FieldRule& rule) {
    if constexpr (std::is_same_v<T, bool>) {
      return;
    } else if constexpr (std::is_same_v<T, std::string>) {
      look_at_text(field, value, rule);
    } else if constexpr (std::is_same_v<T, Secret>) {
      // What is in an envelope was looked at before it was sealed.
      if (!value.sealed()) look_at_text(field, value.text, rule);
    } else if constexpr (std::is_integral_v<T>) {
      look_at_number(field, value, rule);
    } else if constexpr (IsVector<T>::value) {
      look_at_items(field, value, rule);
    } else if constexpr (IsMap<T>::value) {
      look_at_map(field, value, rule);
    } else if constexpr (requires { value.count(); }) {
      look_at_number(field, value.count(), rule);
    } else {
      Inspector inside(field + ".", problems_);
      fields_of(inside, value);
    }
  }

  void look_at_size(const std::string& field, std::size_t size, const FieldRule& rule) {
    const auto bytes = static_cast<std::int64_t>(size);
    expect(problems_, bytes != 0 || rule.least == 0, field, "required", "is missing");
    expect(problems_, bytes == 0 || bytes >= rule.least, field, "too_short",
           "must have at least " + std::to_string(rule.least) + " bytes");
    expect(problems_, bytes <= rule.most, field, "too_long",
           "must have at most " + std::to_string(rule.most) + " bytes");
  }

  void look_at_text(const std::string& field, const std::string& text, const FieldRule& rule) {
    if (!rule.choices.empty()) return look_at_choice(field, text, rule);
    look_at_size(field, text.size(), rule);
    const bool clean = std::all_of(text.begin(), text.end(), [&](unsigned char c) {
      return (c >= 0x20 && c != 0x7f) || (rule.lines && (c == '\n' || c == '\r' || c == '\t'));
    });
    if (rule.look != nullptr && !text.empty()) {
      if (const auto complaint = rule.look(text); !complaint.empty()) {
        return expect(problems_, false, field, "invalid", complaint);
      }
    }
    expect(problems_, clean, field, "invalid", "has a control character");
  }

  void look_at_choice(const std::string& field, const std::string& text, const FieldRule& rule) {
    const bool known =
        std::find(rule.choices.begin(), rule.choices.end(), text) != rule.choices.end();
    std::string names;
    for (const auto choice : rule.choices) names.append(names.empty() ? "" : ", ").append(choice);
    expect(problems_, known, field, "invalid", "must be one of " + names);
  }

  void look_at_number(const std::string& field, std::int64_t value, const FieldRule& rule) {
    expect(problems_, value >= rule.least && value <= rule.most, field, "out_of_range",
           "must be " + std::to_string(rule.least) + " to " + std::to_string(rule.most));
  }

  template <class T>
  void look_at_items(const std::string& field, const std::vector<T>& list, const FieldRule& rule) {
    expect(problems_, list.size() <= rule.items, field, "too_long",
           "must be at most " + std::to_string(rule.items));
    for (std::size_t i = 0; i < list.size() && i < rule.items; ++i) {
      look(field + "[" + std::to_string(i) + "]", list[i], rule);
    }
  }

  template <class T>
  void look_at_map(const std::string& field, const std::map<std::string, T>& map,
                   const FieldRule& rule) {
    expect(problems_, map.size() <= rule.items, field, "too_long",
           "must be at most " + std::to_string(rule.items));
    for (const auto& [name, value] : map) look(field + "." + name, value, rule);
  }

  std::string path_;
  Problems& problems_;
};

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_word(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

bool is_host(std::string_view text) { return is_hostname(text) || is_ip_address(text); }

void look_at_target(const CheckDefinition& check, Problems& problems) {
  const std::string& target = check.target;
  const KindInfo& info = info_of(check.kind());
  const auto refuse = [&](std::string message) {
    expect(problems, false, "target", "invalid", std::move(message));
  };
  expect(problems, target.size() <= 2048, "target", "too_long", "must have at most 2048 bytes");
  if (info.target == TargetForm::name) return;  // a word for people; may be empty
  if (target.empty()) return expect(problems, false, "target", "required", "is missing");
  if (!is_word(target)) return refuse("must not contain blanks or control characters");
  if (info.target == TargetForm::url) {
    if (const auto complaint = complain_http_url(target); !complaint.empty()) refuse(complaint);
  } else if (info.target == TargetForm::host_port) {
    const bool bare = info.port != 0 && is_host(target);
    if (bare || parse_host_port(target)) return;
    refuse(is_host(target) ? "must look like host:port" : complain_server(target));
  } else if (info.target == TargetForm::host) {
    if (!is_host(target)) refuse("must be a host name or an IP address");
  } else if (info.target == TargetForm::domain) {
    const auto* dns = std::get_if<DnsSettings>(&check.settings);
    if (dns != nullptr && dns->record_type == "PTR" && is_ip_address(target)) return;
    if (!is_hostname(target.ends_with('.') ? target.substr(0, target.size() - 1) : target)) {
      return refuse("must be a domain name");
    }
    if (is_ip_address(target)) return refuse("must be a domain name, not an IP address");
    const bool registered = check.kind() == CheckKind::domain;
    if (registered && target.find('.') >= target.size() - 1) {
      refuse("must be a registered domain, like example.org");
    }
  }
}

void look_at_timing(const CheckDefinition& check, Problems& problems) {
  const auto interval = check.interval.count();
  expect(problems, interval >= 1 && interval <= 86'400, "interval_seconds", "out_of_range",
         "must be 1 to 86400");
  expect(problems, check.timeout >= std::chrono::milliseconds(10), "timeout_seconds",
         "out_of_range", "must be at least 0.01");
  expect(problems, check.timeout <= std::chrono::minutes(5), "timeout_seconds", "out_of_range",
         "must be at most 300");
  expect(problems, check.timeout <= check.interval, "timeout_seconds", "out_of_range",
         "must not be longer than the interval of " + std::to_string(interval) + " seconds");
  expect(problems, check.retry_interval.count() >= 0 && check.retry_interval <= check.interval,
         "retry_interval_seconds", "out_of_range", "must be 0 to the interval");
  expect(problems, check.failures_before_down >= 1 && check.failures_before_down <= 100,
         "failures_before_down", "out_of_range", "must be 1 to 100");
  expect(problems, check.successes_before_up >= 1 && check.successes_before_up <= 100,
         "successes_before_up", "out_of_range", "must be 1 to 100");
}

void look_at_locations(const CheckDefinition& check, Problems& problems) {
  const auto& list = check.locations;
  expect(problems, !list.empty() && list.size() <= 20, "locations", "out_of_range",
         "must be 1 to 20");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string field = "locations[" + std::to_string(i) + "]";
    expect(problems, is_location(list[i]), field, "invalid",
           "must be of a-z, 0-9 and -, 60 at most");
    expect(problems,
           std::find(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i), list[i]) ==
               list.begin() + static_cast<std::ptrdiff_t>(i),
           field, "invalid", "is there twice");
  }
  const auto count = static_cast<int>(list.size());
  expect(problems, check.quorum >= 0 && check.quorum <= count, "quorum", "out_of_range",
         "must be 0 to the number of locations");
}

struct Across {
  const CheckDefinition& check;
  Problems& problems;

  void operator()(const HttpSettings& http) const {
    std::size_t bytes = 0;
    const auto look = [&](const std::string& field, const auto& headers) {
      for (const auto& [name, value] : headers) {
        bytes += name.size();
        expect(problems, is_token(name), field + "." + name, "invalid", "is not a header");
      }
    };
    look("settings.http.headers", http.headers);
    look("settings.http.secret_headers", http.secret_headers);
    for (const auto& [name, value] : http.headers) bytes += value.size();
    expect(problems, bytes <= 16'384, "settings.http.headers", "too_long",
           "must have at most 16 KiB together");
    expect(problems, !http.expected_status.empty(), "settings.http.expected_status", "required",
           "must name a code or range");
    expect(problems, http.username.empty() || http.bearer_token.empty(),
           "settings.http.bearer_token", "invalid", "cannot go with username");
    expect(problems, http.proxy.empty() || to_lower(http.proxy).starts_with("http://"),
           "settings.http.proxy", "invalid", "must be like http://host:port");
    expect(problems, !http.reuse_connection || (http.proxy.empty() && http.http_version != "2"),
           "settings.http.reuse_connection", "invalid",
           "cannot go with a proxy or HTTP/2, whose connections are not kept");
    for (std::size_t i = 0; i < http.json.size(); ++i) look_at_assertion(i, http.json[i]);
    for (std::size_t i = 0; i < http.extract.size(); ++i) look_at_extraction(i, http);
  }
  void look_at_assertion(std::size_t i, const JsonAssertion& one) const {
    std::string complaint = one.op == "matches" ? complain_regex(one.value) : "";
    const bool any = one.op == "==" || one.op == "!=" || one.op == "exists" || one.op == "absent";
    if (!any && one.value.empty()) complaint = "is needed for " + one.op;
    expect(problems, complaint.empty(), "settings.http.json[" + std::to_string(i) + "].value",
           "invalid", complaint);
  }
  void look_at_extraction(std::size_t i, const HttpSettings& http) const {
    const auto& one = http.extract[i];
    const std::string field = "settings.http.extract[" + std::to_string(i) + "]";
    expect(problems, one.json_path.empty() != one.regex.empty(), field, "invalid",
           "must have either json_path or regex");
    expect(problems, one.regex.empty() || RE2(one.regex, RE2::Quiet).NumberOfCapturingGroups() > 0,
           field + ".regex", "invalid", "has no group for the number");
    expect(problems, !one.metric.starts_with("probe_"), field + ".metric", "invalid",
           "must not begin with probe_, as the suite's own do");
    for (const auto& [name, value] : one.labels) {
      const bool good = complain_metric(name).empty() && name.find(':') == std::string::npos &&
                        !name.empty() && !name.starts_with("__");
      expect(problems, good, field + ".labels." + name, "invalid", "is no name of a label");
    }
    for (std::size_t before = 0; before < i; ++before) {
      const auto& other = http.extract[before];
      expect(problems, other.metric != one.metric || other.labels != one.labels, field + ".metric",
             "invalid", "is there twice with the same labels");
    }
  }
  void operator()(const IcmpSettings& icmp) const {
    expect(problems, icmp.interval * (icmp.count - 1) < check.timeout, "settings.icmp.interval_ms",
           "out_of_range", "sends its last packet after the timeout");
  }
  void operator()(const TcpSettings& tcp) const {
    expect(problems, !tcp.use_tls || tcp.starttls == "none", "settings.tcp.starttls", "invalid",
           "cannot go with use_tls");
  }
  void operator()(const UdpSettings& udp) const {
    expect(problems, udp.send.empty() != udp.send_hex.empty(), "settings.udp.send", "required",
           "needs either send or send_hex");
  }
  void operator()(const DnsSettings& dns) const {
    expect(problems, dns.expected.empty() || dns.expected_code == "NOERROR",
           "settings.dns.expected", "invalid", "needs expected_code to be NOERROR");
    if (dns.record_type != "A" && dns.record_type != "AAAA") return;
    for (std::size_t i = 0; i < dns.expected.size(); ++i) {
      expect(problems, is_ip_address(dns.expected[i]),
             "settings.dns.expected[" + std::to_string(i) + "]", "invalid",
             "must be an IP address");
    }
  }
  void operator()(const DomainSettings&) const {
    expect(problems, check.interval >= std::chrono::hours(24), "interval_seconds", "out_of_range",
           "must be at least 86400: a registry is asked once a day");
    expect(problems, check.retry_interval.count() == 0, "retry_interval_seconds", "out_of_range",
           "must be 0: a registry is asked once a day");
  }
  void operator()(const DatabaseSettings& database) const {
    const std::string path = "settings." + std::string(to_string(check.kind())) + ".username";
    expect(problems, database.query.empty() || !database.username.empty(), path, "required",
           "is needed for a query");
  }
  void operator()(const RabbitmqSettings& rabbitmq) const {
    expect(problems, rabbitmq.management_url.empty() || !rabbitmq.username.empty(),
           "settings.rabbitmq.username", "required", "is needed for the management API");
    const bool looks = !rabbitmq.queues.empty() || rabbitmq.max_ready >= 0 ||
                       rabbitmq.max_unacked >= 0 || rabbitmq.min_consumers > 0;
    expect(problems, !looks || !rabbitmq.management_url.empty(), "settings.rabbitmq.management_url",
           "required", "is needed to look at queues");
  }
  void operator()(const KafkaSettings& kafka) const {
    expect(problems, kafka.max_lag < 0 || !kafka.groups.empty(), "settings.kafka.groups",
           "required", "must name a group for max_lag");
  }
  void operator()(const ScriptSettings& script) const {
    std::size_t bytes = 0;
    for (const auto& argument : script.arguments) bytes += argument.size();
    expect(problems, bytes <= kScriptArgumentBytes, "settings.script.arguments", "too_long",
           "must have at most 8192 bytes together");
    for (const auto& [name, secret] : script.secrets) {
      const bool good = is_token(name) && name.find_first_of("!#$%&'*+-.^`|~") == std::string::npos;
      expect(problems, good, "settings.script.secrets." + name, "invalid",
             "is not a name of a variable");
    }
  }
  void operator()(const GroupSettings& group) const {
    expect(problems, !group.members.empty(), "settings.group.members", "required",
           "must name a check");
    std::int64_t weight = 0;
    for (const auto& member : group.members) {
      weight += group.mode == "weighted" ? member.weight : 1;
      expect(problems, member.check_id != check.id.str(), "settings.group.members", "invalid",
             "must not name the group itself");
    }
    const bool counts = group.mode == "at_least" || group.mode == "weighted";
    expect(problems, !counts || group.at_least <= weight, "settings.group.at_least", "out_of_range",
           "is more than all members together");
  }
  void operator()(const PostgresqlSettings& settings) const {
    (*this)(static_cast<const DatabaseSettings&>(settings));
  }
  void operator()(const MysqlSettings& settings) const {
    (*this)(static_cast<const DatabaseSettings&>(settings));
  }
  template <class Other>
  void operator()(const Other&) const {}
};

}  // namespace

std::vector<CheckProblem> problems_of(const CheckDefinition& check) {
  Problems problems;
  expect(problems, !check.name.empty(), "name", "required", "is missing");
  expect(problems, check.name.size() <= 200, "name", "too_long", "must have at most 200 bytes");
  look_at_target(check, problems);
  look_at_timing(check, problems);
  look_at_locations(check, problems);
  Inspector inspector("settings." + std::string(to_string(check.kind())) + ".", problems);
  std::visit([&](const auto& settings) { fields_of(inspector, settings); }, check.settings);
  std::visit(Across{check, problems}, check.settings);
  return problems;
}

}  // namespace monitron::domain
