#pragma once
// A check: what is asked of a target, how often and from where; and the result of asking once.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitron::domain {

enum class CheckKind { http, tcp, icmp, tls, script };
std::string_view to_string(CheckKind kind);
std::optional<CheckKind> parse_check_kind(std::string_view text);

// `unknown` means that the check could not be run or has no result yet: trouble of our own never
// looks like an outage.
enum class CheckStatus { up, down, unknown };
std::string_view to_string(CheckStatus status);
std::optional<CheckStatus> parse_check_status(std::string_view text);

struct HttpSettings {
  std::string method = "GET";
  std::map<std::string, std::string> headers;
  std::string body;
  std::vector<std::string> expected_status{"200-299"};  // "204" or "200-299"
  std::string body_contains;
  std::string body_not_contains;
  bool follow_redirects = true;
  int max_redirects = 5;
  bool verify_tls = true;
  bool operator==(const HttpSettings&) const = default;
};

struct IcmpSettings {
  int count = 5;
  int size = 56;  // bytes of payload
  std::chrono::milliseconds interval{200};
  bool operator==(const IcmpSettings&) const = default;
};

struct TlsSettings {
  std::vector<int> warning_days{30, 14, 7, 1};
  std::string server_name;  // empty: the host of the target
  bool operator==(const TlsSettings&) const = default;
};

struct ScriptSettings {
  std::string command;  // the name of a file in the checker's folder of scripts
  std::vector<std::string> arguments;
  bool operator==(const ScriptSettings&) const = default;
};

struct CheckDefinition {
  CheckId id;
  std::string name;
  std::optional<InstanceId> instance_id;
  CheckKind kind = CheckKind::http;
  std::string target;  // http: URL; tcp, tls: host:port; icmp: host; script: any word
  std::chrono::seconds interval{60};
  std::chrono::milliseconds timeout{10'000};
  std::string location = "default";
  bool enabled = true;
  std::map<std::string, std::string> labels;
  int failures_before_down = 3;
  int successes_before_up = 2;
  HttpSettings http;  // only the member of its kind means anything
  IcmpSettings icmp;
  TlsSettings tls;
  ScriptSettings script;
  bool operator==(const CheckDefinition&) const = default;
};

// What is wrong with one member of a definition, in the words of the API.
struct CheckProblem {
  std::string field;  // "settings.http.expected_status[0]"
  std::string message;
};
// Empty when the definition can be run.
std::vector<CheckProblem> problems_of(const CheckDefinition& check);

// A range of HTTP status codes, as written in expected_status. Fault: invalid.
struct StatusRange {
  int first = 0;
  int last = 0;
};
Result<StatusRange> parse_status_range(std::string_view text);

// A plain file name: letters, digits and . _ + -, without a dot or dash in front. No path.
bool is_script_name(std::string_view text);

inline constexpr std::size_t kScriptArguments = 100;
inline constexpr std::size_t kScriptArgumentBytes = 8192;  // all together

// "host:port", "[v6]:port" and "name" taken apart. Fault: invalid.
struct HostPort {
  std::string host;
  int port = 0;
};
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace monitron::domain
