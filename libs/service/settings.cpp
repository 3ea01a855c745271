#include "service/settings.hpp"

#include "base/text.hpp"
#include "service/database_url.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace monitron::service {
namespace {

using Values = std::map<std::string, std::string>;

bool belongs_to(const Setting& setting, std::string_view program) {
  const auto programs = split_list(setting.programs, ' ');
  return setting.programs == "*" ||
         std::find(programs.begin(), programs.end(), program) != programs.end();
}

const Setting* find_setting(std::string_view name) {
  const auto& table = settings_table();
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const Setting& setting) { return setting.name == name; });
  return at == table.end() ? nullptr : &*at;
}

void read_dotenv(Values& values) {
  std::ifstream file(".env");
  for (std::string line; std::getline(file, line);) {
    const auto text = trim(line);
    const auto equals = text.find('=');
    if (text.empty() || text.front() == '#' || equals == std::string_view::npos) continue;
    auto value = trim(text.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    values[std::string(trim(text.substr(0, equals)))] = value;
  }
}

Values read_environment() {
  Values values;
  read_dotenv(values);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
  }
  return values;
}

// Replaces NAME_FILE by NAME with the file's text, without its last line break. Those of other
// programs are not opened: a secret may be there for one of them alone.
void read_files(std::string_view program, Values& values, std::vector<std::string>& mistakes) {
  for (const auto& setting : settings_table()) {
    if (!belongs_to(setting, program)) continue;
    const std::string name(setting.name);
    const auto at = values.find(name + "_FILE");
    if (at == values.end()) continue;
    std::ifstream file(at->second);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) mistakes.push_back(name + "_FILE: cannot be read");
    auto value = text.str();
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    values[name] = value;
  }
}

// "http://user:password@host,…" → "http://***@host,…"
std::string without_users(const std::string& value) {
  std::string shown;
  for (std::size_t at = 0; at < value.size();) {
    const auto scheme = value.find("://", at);
    const auto host = scheme == std::string::npos ? value.size() : scheme + 3;
    shown += value.substr(at, host - at);
    const auto end = std::min(value.find_first_of("/, ", host), value.size());
    const auto user = value.substr(host, end - host).rfind('@');
    if (user != std::string::npos) shown += "***";
    at = host + (user == std::string::npos ? 0 : user);
    if (at == host && host == value.size()) break;
    shown += value.substr(at, end - at);
    at = end;
  }
  return shown;
}

bool is_placeholder(std::string_view value) {
  const auto text = to_lower(value);
  return text.starts_with("your_") || text.starts_with("your-") || text.starts_with("changeme") ||
         text.starts_with("change_me") || text.starts_with("change-me");
}

bool is_address(const std::string& value) {
  const auto colon = value.rfind(':');
  return colon != std::string::npos && colon > 0 &&
         parse_number<std::uint16_t>(std::string_view(value).substr(colon + 1)).has_value();
}

std::string problem_with_duration(const Setting& setting, const std::string& value) {
  const auto duration = parse_duration(value);
  if (!duration) return "is not a duration like 7d, 1h30m or 10s";
  const auto allowed = [&](long long seconds) { return std::chrono::seconds(seconds); };
  if (*duration >= allowed(setting.minimum) && *duration <= allowed(setting.maximum)) return "";
  return "is not from " + std::to_string(setting.minimum) + " to " +
         std::to_string(setting.maximum) + " seconds";
}

// Why `value` is wrong for `setting`, or nothing.
std::string problem_with(const Setting& setting, const std::string& value) {
  if (value.empty()) return setting.required ? "is missing" : "";
  const auto number = parse_number<long long>(value);
  const auto outside = [&](long long low, long long high) {
    return !number || *number < low || *number > high
               ? "is not a whole number from " + std::to_string(low) + " to " + std::to_string(high)
               : "";
  };
  switch (setting.kind) {
    case Kind::port:
      return outside(0, 65535);
    case Kind::integer:
      return outside(setting.minimum, setting.maximum);
    case Kind::duration:
      return problem_with_duration(setting, value);
    case Kind::boolean:
      return value == "true" || value == "false" ? "" : "is not true or false";
    case Kind::address:
      return is_address(value) ? "" : "is not host:port";
    case Kind::email:
      return value.find('@') == std::string::npos ? "is not a mail address" : "";
    case Kind::choice: {
      const auto choices = split_list(setting.choices, '|');
      const bool known = std::find(choices.begin(), choices.end(), value) != choices.end();
      return known ? "" : "is not one of " + std::string(setting.choices);
    }
    default:
      return "";
  }
}

constexpr std::size_t kKeyBytes = 32;

// Cut by length: a key may hold any byte.
std::optional<std::vector<std::string>> old_keys_of(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const auto end = std::min(text.size(), kKeyBytes);
    const bool separated = end == text.size() || text[end] == ',' || text[end] == '\n';
    if (end < kKeyBytes || !separated || text.size() == kKeyBytes + 1) return std::nullopt;
    keys.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), kKeyBytes + 1));
  }
  return keys;
}

std::string problem_with_secret(std::string_view name, const std::string& value) {
  if (name == "DATABASE_URL") return problem_with_database_url(value);
  if (name == "ENCRYPTION_KEYS_OLD") {
    return old_keys_of(value) ? "" : "does not have keys of exactly 32 bytes, separated by commas";
  }
  if (name != "JWT_SECRET" && name != "ENCRYPTION_KEY") return "";
  if (is_placeholder(value)) return "is a placeholder: make a random one";
  if (name == "JWT_SECRET" && value.size() < 32) return "has fewer than 32 bytes";
  if (name == "ENCRYPTION_KEY" && value.size() != kKeyBytes)
    return "does not have exactly 32 bytes";
  return "";
}

// Names of the suite that the table does not know; MONITRON_AGENT_* are the agent's own flags, and
// the command line's two are often in the environment of whoever starts the suite.
void find_unknown(const Values& values, std::vector<std::string>& mistakes) {
  constexpr std::string_view suffix = "_FILE";
  for (const auto& [name, value] : values) {
    if (!name.starts_with("MONITRON_") || name.starts_with("MONITRON_AGENT_")) continue;
    if (name.starts_with("MONITRON_TEST_")) continue;
    if (name == "MONITRON_URL" || name == "MONITRON_TOKEN") continue;
    const auto base = name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
    if (find_setting(name) == nullptr && find_setting(base) == nullptr) {
      mistakes.push_back(name + ": is not a setting");
    }
  }
}

// As a value of a libpq connection string.
std::string quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

}  // namespace

Result<Settings> Settings::load(std::string_view program) {
  return from(program, read_environment());
}

Result<Settings> Settings::from(std::string_view program, Values values) {
  std::vector<std::string> mistakes;
  read_files(program, values, mistakes);
  find_unknown(values, mistakes);
  Settings settings;
  settings.program_ = program;
  for (const auto& setting : settings_table()) {
    if (!belongs_to(setting, program)) continue;
    const auto given = values.find(std::string(setting.name));
    const auto value = given == values.end() ? std::string(setting.default_value) : given->second;
    auto problem = problem_with(setting, value);
    if (problem.empty()) problem = problem_with_secret(setting.name, value);
    if (!problem.empty()) mistakes.push_back(std::string(setting.name) + ": " + problem);
    settings.values_[std::string(setting.name)] = value;
  }
  const bool level_given = values.contains("LOG_LEVEL");
  if (!level_given && settings.values_["GIN_MODE"] == "debug")
    settings.values_["LOG_LEVEL"] = "debug";
  if (mistakes.empty()) return settings;
  std::string text;
  for (const auto& mistake : mistakes) text += (text.empty() ? "" : "\n") + mistake;
  return fail(Fault::invalid, text);
}

std::vector<ShownSetting> Settings::shown() const {
  std::vector<ShownSetting> all;
  for (const auto& setting : settings_table()) {
    if (!belongs_to(setting, program_)) continue;
    const auto value = text(setting.name);
    all.push_back({&setting, !value.empty(), setting.secret ? "" : without_users(value)});
  }
  return all;
}

std::string Settings::text(std::string_view name) const {
  const auto at = values_.find(name);
  MONITRON_EXPECTS(at != values_.end());
  return at->second;
}

long long Settings::integer(std::string_view name) const {
  return parse_number<long long>(text(name)).value_or(0);
}

std::chrono::milliseconds Settings::duration(std::string_view name) const {
  return parse_duration(text(name)).value_or(std::chrono::milliseconds(0));
}

bool Settings::boolean(std::string_view name) const { return text(name) == "true"; }

std::vector<std::string> Settings::list(std::string_view name) const {
  return split_list(text(name));
}

std::vector<std::string> Settings::encryption_keys() const {
  std::vector<std::string> keys = {text("ENCRYPTION_KEY")};
  for (auto& key : old_keys_of(text("ENCRYPTION_KEYS_OLD")).value_or(std::vector<std::string>{})) {
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string Settings::database_url() const {
  if (auto url = text("DATABASE_URL"); !url.empty()) return url;
  std::string parts;
  const auto add = [&](std::string_view key, std::string_view name) {
    const auto value = text(name);
    if (!value.empty()) parts += std::string(key) + "=" + quoted(value) + " ";
  };
  add("host", "DB_HOST");
  add("port", "DB_PORT");
  add("user", "DB_USER");
  add("password", "DB_PASSWORD");
  add("dbname", "DB_NAME");
  add("sslmode", "DB_SSLMODE");
  add("sslrootcert", "DB_SSLROOTCERT");
  return parts;
}

std::string env_example() {
  std::string text =
      "# Every setting of the suite, with its default. Generated from libs/service/"
      "settings_table.cpp.\n# NAME_FILE reads a value from a file. Settings without value here "
      "have "
      "none.\n";
  for (const auto& setting : settings_table()) {
    text += "\n# " + std::string(setting.description) + " [" + std::string(setting.programs) + "]" +
            (setting.required ? " (required)" : "") + "\n" +
            (setting.default_value.empty() ? "#" : "") + std::string(setting.name) + "=" +
            std::string(setting.default_value) + "\n";
  }
  return text;
}

}  // namespace monitron::service
