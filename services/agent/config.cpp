#include "agent/config.hpp"

#include "agent/scraper.hpp"
#include "agent/version.hpp"
#include "host/facts.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <set>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace monitron::agent {
namespace {

constexpr std::string_view kPrefix = "MONITRON_AGENT_";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string default_state_dir() {
  if (geteuid() == 0) return "/var/lib/monitron-agent";
  const auto state = environment("XDG_STATE_HOME");
  return (state.empty() ? environment("HOME") + "/.local/state" : state) + "/monitron-agent";
}

// What the command line gives before it is checked.
struct Given {
  Config config;
  std::string service, host, deployment, env, region;
  std::vector<std::string> labels;
  std::vector<std::string> scrapes;
  std::vector<std::string> log_files, log_patterns;
  double interval_seconds = 10;
  std::uint64_t spool_megabytes = 256;
  bool check_only = false;
};

// "--spool-megabytes" is also MONITRON_AGENT_SPOOL_MEGABYTES.
CLI::Option* also_by_environment(CLI::Option* option) {
  std::string name(kPrefix);
  for (const char c : option->get_lnames().front()) {
    name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return option->envname(name);
}

void declare_server(CLI::App& app, Given& given) {
  const auto text = [&](const char* flag, std::string& value, const char* help) {
    return also_by_environment(app.add_option(flag, value, help))->group("Server");
  };
  text("--server", given.config.server, "URL of the Monitron server")->capture_default_str();
  text("--enrolment-token", given.config.enrolment_token,
       "Joins this host to the server; needed once");
  text("--enrolment-token-file", given.config.enrolment_token_file,
       "File that holds the token; default: enrolment-token in the state directory");
  auto& tls = given.config.tls;
  text("--ca-file", tls.ca_file, "Certificates to trust instead of the system's (PEM)");
  text("--client-certificate", tls.certificate_file, "Shown to the server (PEM), for mutual TLS");
  text("--client-key", tls.key_file, "Key of that certificate (PEM)");
  also_by_environment(app.add_flag("--allow-plain-http", given.config.allow_plain_http,
                                   "Allow http:// to other machines; readable on the way"))
      ->group("Server");
}

void declare_labels(CLI::App& app, Given& given) {
  const auto text = [&](const char* flag, std::string& value, const char* help) {
    return also_by_environment(app.add_option(flag, value, help))->group("Labels of all metrics");
  };
  text("--service", given.service, "Service that runs here, e.g. postgres-prod");
  text("--host", given.host, "Name of this host; default: its hostname");
  text("--deployment", given.deployment, "Version deployed, e.g. v1.2.3");
  text("--env", given.env, "Environment, e.g. production");
  text("--region", given.region, "Region, e.g. eu-west");
  also_by_environment(app.add_option("--label", given.labels, "Another label, k=v; repeatable"))
      ->delimiter(',')
      ->group("Labels of all metrics");
}

void declare_logs(CLI::App& app, Given& given) {
  also_by_environment(app.add_option("--log-file", given.log_files,
                                     "Follow a log and count its lines, name=path; repeatable"))
      ->delimiter(',')
      ->group("Logs");
  // A comma is part of many expressions.
  also_by_environment(
      app.add_option("--log-pattern", given.log_patterns,
                     "Count the lines that match, name=regular expression (RE2's); repeatable; "
                     "in the variable one on a line"))
      ->delimiter('\n')
      ->group("Logs");
}

void declare_running(CLI::App& app, Given& given) {
  const auto own = [](CLI::Option* option) {
    return also_by_environment(option)->group("Running")->capture_default_str();
  };
  own(app.add_option("--interval", given.interval_seconds, "Seconds between measurements"))
      ->check(CLI::Range(0.1, 3600.0));
  own(app.add_option("--top-processes", given.config.settings.wanted.top_processes,
                     "Processes reported, by CPU and by memory each"))
      ->check(CLI::Range(std::size_t{0}, kMostTopProcesses));
  own(app.add_flag("--connections,!--no-connections", given.config.settings.wanted.connections,
                   "Watch the TCP connections of this host (the default)"));
  own(app.add_option("--scrape", given.scrapes,
                     "Metrics of a program here, name=URL (Prometheus's text form); repeatable"))
      ->delimiter(',');
  own(app.add_option("--connection-log", given.config.settings.wanted.connection_log,
                     "Connections logged between two measurements; 0: none"))
      ->check(CLI::Range(std::size_t{0}, kMostLogged));
  own(app.add_flag("--remote-configuration,!--no-remote-configuration",
                   given.config.remote_configuration,
                   "Obey what the server says of these settings (the default)"));
  own(app.add_option("--state-dir", given.config.state_dir, "Identity, spool and quarantine"));
  own(app.add_option("--spool-megabytes", given.spool_megabytes,
                     "Disk space for what the server has not taken yet"))
      ->check(CLI::Range(1, 1'000'000));
  own(app.add_option("--probes-address", given.config.probes_address,
                     "Serve /livez, /readyz and /metrics (the last round) at this host:port"));
  own(app.add_option("--log-level", given.config.log_level, "debug, info, warn or error"))
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  own(app.add_flag("--print", given.config.print,
                   "Write what is measured to stdout (Prometheus's text format); asks no server"));
  own(app.add_flag("--once", given.config.once, "With --print: measure for a second, and end"));
  app.add_flag("--check-config", given.check_only, "Check the settings and exit: 0 or 78")
      ->group("Running");
}

void declare(CLI::App& app, Given& given) {
  app.set_version_flag("--version", std::string("monitron-agent ") + std::string(kVersion));
  app.footer("Every flag can also be given as MONITRON_AGENT_<NAME>, e.g. MONITRON_AGENT_SERVER.");
  declare_server(app, given);
  declare_labels(app, given);
  declare_logs(app, given);
  declare_running(app, given);
}

bool is_label_name(std::string_view name) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         !name.starts_with("__") && std::all_of(name.begin(), name.end(), fits);
}

void take_labels(Given& given, std::vector<std::string>& mistakes) {
  auto& labels = given.config.labels;
  for (const auto& text : given.labels) {
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    if (equals == std::string::npos || !is_label_name(name)) {
      mistakes.push_back("--label " + text + ": is not name=value");
      continue;
    }
    labels[name] = text.substr(equals + 1);
  }
  if (given.host.empty()) given.host = host::read_facts().hostname;
  const std::pair<const char*, const std::string*> named[] = {{"service", &given.service},
                                                              {"host", &given.host},
                                                              {"deployment", &given.deployment},
                                                              {"env", &given.env},
                                                              {"region", &given.region}};
  for (const auto& [name, value] : named) {
    if (!value->empty()) labels[name] = *value;
  }
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  for (const auto& [name, value] : labels) {
    if (value.size() > 200) mistakes.push_back("label " + name + ": is longer than 200 bytes");
  }
}

void take_scrapes(Given& given, std::vector<std::string>& mistakes) {
  std::set<std::string> jobs;
  for (const auto& text : given.scrapes) {
    auto target = parse_scrape_target(text);
    if (!target) {
      mistakes.push_back("--scrape " + http::without_credentials(text) + ": " +
                         target.error().text);
    } else if (!jobs.insert(target->job).second) {
      mistakes.push_back("--scrape " + target->job + ": is given twice");
    } else {
      given.config.scrapes.push_back(*std::move(target));
    }
  }
  if (given.scrapes.size() > kMostTargets) {
    mistakes.push_back("--scrape: is given more than " + std::to_string(kMostTargets) + " times");
  }
}

void check_server(Config& config, std::vector<std::string>& mistakes) {
  while (config.server.ends_with('/')) config.server.pop_back();
  const bool secure = config.server.starts_with("https://");
  if (!secure && !config.server.starts_with("http://")) {
    mistakes.push_back("--server " + config.server + ": is not an http:// or https:// URL");
  } else if (!secure && !config.allow_plain_http && !is_loopback_url(config.server)) {
    mistakes.push_back("--server " + config.server +
                       ": would send everything readable; use https://, or --allow-plain-http");
  }
  const auto& tls = config.tls;
  const std::pair<const char*, const std::string*> files[] = {
      {"--ca-file", &tls.ca_file},
      {"--client-certificate", &tls.certificate_file},
      {"--client-key", &tls.key_file}};
  for (const auto& [flag, file] : files) {
    if (file->empty() || access(file->c_str(), R_OK) == 0) continue;
    mistakes.push_back(std::string(flag) + " " + *file + ": can not be read");
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    mistakes.emplace_back("--client-certificate: needs --client-key, and the other way round");
  }
}

void check_environment(const CLI::App& app, std::vector<std::string>& mistakes) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!text.starts_with(kPrefix)) continue;
    const auto name = text.substr(0, text.find('='));
    const auto known = [&](const CLI::Option* option) { return option->get_envname() == name; };
    const auto options = app.get_options();
    if (std::none_of(options.begin(), options.end(), known)) {
      mistakes.push_back(std::string(name) + ": is no setting of the agent");
    }
  }
}

}  // namespace

bool is_loopback_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  auto host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return false;
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
  host = host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  const bool digits = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return digits && host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3;
}

Result<std::variant<Config, Answered>> read_config(int argc, const char* const* argv) {
  CLI::App app{"Monitron agent: measures this host and sends it to the server."};
  Given given;
  given.config.state_dir = default_state_dir();
  declare(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answered{app.help(), 0};
  } catch (const CLI::CallForVersion&) {
    return Answered{app.version() + "\n", 0};
  } catch (const CLI::ParseError& error) {
    return fail(Fault::invalid, error.what());
  }
  std::vector<std::string> mistakes;
  Config& config = given.config;
  take_labels(given, mistakes);
  take_scrapes(given, mistakes);
  config.logs = read_log_settings(given.log_files, given.log_patterns, mistakes);
  check_server(config, mistakes);
  check_environment(app, mistakes);
  if (config.once && !config.print) mistakes.push_back("--once: needs --print");
  config.settings.interval = std::chrono::milliseconds(std::int64_t(given.interval_seconds * 1000));
  config.spool_bytes = given.spool_megabytes << 20;
  if (config.enrolment_token_file.empty()) {
    config.enrolment_token_file = config.state_dir + "/enrolment-token";
  }
  std::string text;
  for (const auto& mistake : mistakes) text += (text.empty() ? "" : "\n") + mistake;
  if (!text.empty()) return fail(Fault::invalid, text);
  if (given.check_only) return Answered{"settings are right\n", 0};
  return std::move(config);
}

}  // namespace monitron::agent
