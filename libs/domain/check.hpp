#pragma once
// A check: what is asked of a target, how often and from where; and the result of asking once.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "domain/check_settings.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitron::domain {

std::string_view to_string(CheckKind kind);
std::optional<CheckKind> parse_check_kind(std::string_view text);

// What a target looks like.
enum class TargetForm { url, host_port, host, domain, name, word };

struct KindInfo {
  CheckKind kind;
  std::string_view name;
  std::string_view about;
  TargetForm target;
  int port = 0;  // of a target without one; 0: the target must name it
  // Runs against one host at once: servers that count half-open visits against us get one.
  int per_host = 4;
  bool active = true;  // false: no checker runs it; its results come from elsewhere
  std::chrono::seconds interval{60};
  std::chrono::seconds least_interval{1};
  std::chrono::milliseconds timeout{10'000};
  std::chrono::seconds retry_interval{0};
  int failures_before_down = 3;
  int successes_before_up = 2;
};
const std::vector<KindInfo>& check_kinds();  // in the order of CheckKind
const KindInfo& info_of(CheckKind kind);
CheckSettings default_settings(CheckKind kind);

// `unknown` means that the check could not be run or has no result yet: trouble of our own never
// looks like an outage.
enum class CheckStatus { up, down, unknown };
std::string_view to_string(CheckStatus status);
std::optional<CheckStatus> parse_check_status(std::string_view text);

struct CheckDefinition {
  CheckId id;
  std::string name;
  std::optional<InstanceId> instance_id;
  std::string type = "http";  // the name of its kind, or of the own type that it was made from
  CheckSettings settings;     // the alternative is the kind
  std::string target;         // as info_of(kind()).target says
  std::chrono::seconds interval{60};
  std::chrono::milliseconds timeout{10'000};
  std::chrono::seconds retry_interval{0};  // while a change of state is not confirmed; 0: interval
  std::vector<std::string> locations{"default"};
  int quorum = 0;  // locations that must see it down; 0: more than half
  bool enabled = true;
  std::map<std::string, std::string> labels;
  int failures_before_down = 3;
  int successes_before_up = 2;
  bool flap_detection = true;  // false: it is never said to flap

  CheckKind kind() const { return static_cast<CheckKind>(settings.index()); }
  template <class Settings>
  const Settings& as() const {
    return std::get<Settings>(settings);
  }
  // Makes it a check of this kind if it is another, with default settings.
  template <class Settings>
  Settings& use() {
    if (auto* own = std::get_if<Settings>(&settings)) return *own;
    auto& made = settings.emplace<Settings>();
    type = to_string(kind());
    return made;
  }
  bool operator==(const CheckDefinition&) const = default;
};

// How many locations must see it down.
int quorum_of(int locations, int asked);
int quorum_of(const CheckDefinition& check);

// What is wrong with one member of a definition, in the words of the API.
struct CheckProblem {
  std::string field;  // "settings.http.expected_status[0]"
  std::string code;   // invalid, required, out_of_range, too_long, unknown
  std::string message;
};
// What is wrong beyond single members of the settings, whose limits are in check_fields.hpp. Empty
// when the definition can be run.
std::vector<CheckProblem> problems_of(const CheckDefinition& check);

// A range of HTTP status codes, as written in expected_status. Fault: invalid.
struct StatusRange {
  int first = 0;
  int last = 0;
};
Result<StatusRange> parse_status_range(std::string_view text);

// A text with \r, \n, \t, \0, \\ and \xHH as the bytes that it means. Fault: invalid.
Result<std::string> parse_escapes(std::string_view text);

// The name of a place that checks run from: a-z, 0-9 and -, at most 60.
bool is_location(std::string_view text);

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
