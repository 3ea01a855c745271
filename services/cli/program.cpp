#include "cli/program.hpp"

#include "cli/commands.hpp"
#include "cli/drills.hpp"
#include "cli/incidents.hpp"
#include "cli/maintenance.hpp"
#include "cli/rule_exchange.hpp"
#include "cli/rule_files.hpp"
#include "cli/rule_replay.hpp"
#include "cli/silences.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace monitron::cli {
namespace {

constexpr const char* kFooter =
    "The server and the token come from MONITRON_URL and MONITRON_TOKEN, or from monitron login.\n"
    "Exit codes: 0 all well; 1 something is down or firing, or the request failed; 2 wrong usage;\n"
    "69 the server does not answer; 74 the output cannot be written; 77 not allowed.";

struct Given {
  std::string output = "table";
  std::string url;
  std::string email;
  std::vector<std::string> files;
  ReplayAsked replay;
  IncidentAsked incident;
  NewSilence silence;
  std::string silence_id;
  MaintenanceAsked maintenance;
  std::string group;
  bool dry_run = false;
  DrillAsked drill;
};

// Without echo on a terminal; otherwise the first line of the input.
std::string read_secret(const char* prompt, std::ostream& err) {
  termios before{};
  const bool terminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    err << prompt << std::flush;
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string secret;
  std::getline(std::cin, secret);
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    err << '\n';
  }
  return secret;
}

int told(const Error& error, std::ostream& err) {
  err << "monitron: " << error.text << '\n';
  return exit_code(error);
}

int log_in(Login login, const Given& given, std::ostream& out, std::ostream& err) {
  if (!given.url.empty()) login = {given.url, "", ""};
  while (login.url.ends_with('/')) login.url.pop_back();
  Api api(login);
  const auto ask_code = [&err] { return read_secret("Code of the second factor: ", err); };
  if (auto done = api.log_in(given.email, read_secret("Password: ", err), ask_code); !done)
    return told(done.error(), err);
  out << "logged in at " << login.url << "\n";
  return 0;
}

int log_out(const Login& login, std::ostream& out, std::ostream& err) {
  if (!login.refresh_token.empty()) {
    const auto told_server =
        Api(login).post("/auth/logout", {{"refresh_token", login.refresh_token}});
    if (!told_server)
      err << "monitron: the server was not told: " << told_server.error().text << '\n';
  }
  if (auto done = forget_login(); !done) return told(done.error(), err);
  out << "logged out\n";
  return 0;
}

// The database is not this program's: monitron-migrate beside it does the work.
int migrate(int argc, const char* const* argv, std::ostream& err) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  auto program = (self.parent_path() / "monitron-migrate").string();
  std::vector<char*> words{program.data()};
  for (int i = 2; i < argc; ++i) words.push_back(const_cast<char*>(argv[i]));
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());
  err << "monitron: " << program << ": " << std::strerror(errno) << '\n';
  return 69;
}

using Show = Result<Shown> (*)(Api&, Output);

Show show_of(const std::string& command) {
  if (command == "status") return show_status;
  if (command == "instances") return show_instances;
  if (command == "checks") return show_checks;
  return show_alerts;
}

void add_output(CLI::App& command, Given& given) {
  command.add_option("-o,--output", given.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

void declare_rules(CLI::App& app, Given& given) {
  auto* rules = app.add_subcommand("rules", "Alert rules: files of them, and their tests");
  rules->require_subcommand(1);
  const std::pair<const char*, const char*> commands[] = {
      {"check", "Whether rule files of Prometheus can be imported"},
      {"test", "Run unit tests of rules, written as for promtool"}};
  for (const auto& [name, help] : commands) {
    rules->add_subcommand(name, help)
        ->add_option("files", given.files, "Files in YAML")
        ->required();
  }
  auto* replay = rules->add_subcommand("replay", "Which pages a rule would have sent, and another");
  auto* one = replay->add_option_group("rule", "At least one of them");
  one->require_option(1, 2);
  one->add_option("--rule", given.replay.rule_file, "File with a rule in JSON: the new one");
  one->add_option("--id", given.replay.id, "Id of the rule that it is compared with, or alone");
  replay->add_option("--from", given.replay.from, "Time, or how long ago")->capture_default_str();
  replay->add_option("--to", given.replay.to, "Time, or how long ago")->capture_default_str();
  add_output(*replay, given);
  auto* import = rules->add_subcommand("import", "Take rule files of Prometheus as they are");
  import->add_option("files", given.files, "Files in YAML")->required();
  import->add_flag("--dry-run", given.dry_run, "Only tell what would change");
  add_output(*import, given);
  rules->add_subcommand("export", "A rule file of what is there, as YAML")
      ->add_option("--group", given.group, "Only this one");
}

CLI::App* declare_one(CLI::App& group, const char* name, const char* help, Given& given) {
  auto* command = group.add_subcommand(name, help);
  command->add_option("id", given.incident.id, "Its id")->required();
  add_output(*command, given);
  return command;
}

void declare_incidents(CLI::App& app, Given& given) {
  auto& asked = given.incident;
  auto* incidents = app.add_subcommand("incidents", "Incidents: what is open, and who takes care");
  incidents->require_subcommand(1);
  auto* list = incidents->add_subcommand("list", "What is not resolved, or as asked for");
  list->add_option("--state", asked.state)
      ->check(CLI::IsMember({"open", "acknowledged", "resolved"}));
  list->add_option("--severity", asked.severity)
      ->check(CLI::IsMember({"info", "warning", "critical"}));
  list->add_option("--label", asked.label, "name:value");
  list->add_option("--since", asked.since, "Opened since: a time, or how long ago");
  add_output(*list, given);
  declare_one(*incidents, "show", "One, with what happened and who was told", given);
  auto* ack = declare_one(*incidents, "ack", "Say that you take care", given);
  ack->add_option("-m,--comment", asked.text);
  ack->add_option("--until", asked.until, "A time, or for how long (2h)");
  ack->add_flag("--sticky", asked.sticky, "Also when it gets worse");
  declare_one(*incidents, "unack", "Take that back", given);
  auto* assign = declare_one(*incidents, "assign", "Say whose it is", given);
  assign->add_option("who", asked.who, "me, nobody, an e-mail address or an id")->required();
  auto* note = declare_one(*incidents, "note", "Add a note", given);
  note->add_option("text", asked.text)->required();
  auto* explain = declare_one(app, "explain", "Why somebody was paged, or nobody", given);
  explain->add_flag("--check", asked.check,
                    "The id is that of a check, or its name; not of an alert or incident");
}

void declare_silences(CLI::App& app, Given& given) {
  auto* silence = app.add_subcommand("silence", "Silences of Alertmanager");
  silence->require_subcommand(1);
  auto* add = silence->add_subcommand("add", "Silence alerts with these labels");
  add->add_option("matchers", given.silence.matchers, "name=value, !=, =~ or !~")->required();
  add->add_option("--for", given.silence.lasts, "How long, e.g. 2h")->required();
  add->add_option("--comment", given.silence.comment, "Why")->required();
  add_output(*add, given);
  add_output(*silence->add_subcommand("list", "Every silence"), given);
  auto* extend = silence->add_subcommand("extend", "Let one go on for so long from now");
  extend->add_option("id", given.silence_id, "Its id")->required();
  extend->add_option("--for", given.silence.lasts, "How long, e.g. 2h")->required();
  add_output(*extend, given);
  silence->add_subcommand("expire", "End one")
      ->add_option("id", given.silence_id, "Its id")
      ->required();
}

void declare_maintenance(CLI::App& app, Given& given) {
  auto& asked = given.maintenance;
  auto* maintenance =
      app.add_subcommand("maintenance", "Times in which nobody is paged for what begins");
  maintenance->require_subcommand(1);
  auto* start = maintenance->add_subcommand("start", "Begin one, or plan one with --at");
  start->add_option("labels", asked.labels, "name=value: what carries all of these labels");
  start->add_flag("--everything", asked.everything, "All alerts, whatever their labels");
  start->add_option("--for", asked.lasts, "How long, e.g. 2h")->required();
  start->add_option("-m,--comment", asked.comment, "Why")->required();
  start->add_option("--name", asked.name, "What it is called; else the comment");
  start->add_option("--at", asked.at, "When it begins: a time, or in how long; else now");
  start->add_flag("--outside-sla", asked.outside_sla, "Its time is no part of availability");
  add_output(*start, given);
  auto* list = maintenance->add_subcommand("list", "What is on, and what will be");
  list->add_flag("--all", asked.all, "What is over, too");
  add_output(*list, given);
  auto* end = maintenance->add_subcommand("end", "End one now, or take back a planned one");
  end->add_option("id", asked.id, "Its id")->required();
  end->add_flag("--for-good", asked.for_good, "Also one that comes again: it never will");
}

void declare_drills(CLI::App& app, Given& given) {
  auto* drill = app.add_subcommand("drill", "Drills: whether people would be told");
  drill->require_subcommand(1);
  auto* run = drill->add_subcommand("run", "Run one now");
  run->add_flag("--wait", given.drill.wait, "Until it has a verdict");
  add_output(*run, given);
  add_output(*drill->add_subcommand("list", "The latest ones"), given);
}

void declare(CLI::App& app, Given& given) {
  app.set_version_flag("--version", "monitron " MONITRON_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  const std::pair<const char*, const char*> lists[] = {
      {"status", "What is up, down and firing, in short"},
      {"instances", "Every instance and its health"},
      {"checks", "Every check and its state"},
      {"alerts", "What is firing or pending now"}};
  for (const auto& [name, help] : lists) {
    add_output(*app.add_subcommand(name, help), given);
  }
  declare_silences(app, given);
  declare_maintenance(app, given);
  declare_drills(app, given);
  auto* login =
      app.add_subcommand("login", "Log in; the password is asked for, or read from stdin");
  login->add_option("--url", given.url, "Address of the suite, e.g. https://monitron.example.com");
  login->add_option("--email", given.email, "Who logs in")->required();
  app.add_subcommand("logout", "Forget the login");
  app.add_subcommand("migrate", "Database schema: up, down or status (runs monitron-migrate)");
  declare_rules(app, given);
  declare_incidents(app, given);
  app.add_subcommand("version", "The version of this program");
}

// CLI11 asks for "a subcommand" when it is given one it does not know.
bool is_unknown(const CLI::App& app, int argc, const char* const* argv) {
  const std::string_view first = argc > 1 ? argv[1] : "-";
  if (first.empty() || first.front() == '-') return false;
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::none_of(commands.begin(), commands.end(),
                      [first](const CLI::App* one) { return one->get_name() == first; });
}

Result<Shown> show(Api& api, const std::string& command, const Given& given) {
  static const std::string incidents = "incidents ";
  const auto output = given.output == "json" ? Output::json : Output::table;
  if (command.starts_with(incidents)) {
    return run_incidents(api, command.substr(incidents.size()), given.incident, output);
  }
  if (command == "rules replay") return show_replay(api, given.replay, output);
  if (command == "rules import") return import_rules(api, given.files, given.dry_run, output);
  if (command == "rules export") return export_rules(api, given.group);
  if (command == "silence add") return add_silence(api, given.silence, output);
  if (command == "silence list") return show_silences(api, output);
  if (command == "silence extend") {
    return extend_silence(api, given.silence_id, given.silence.lasts, output);
  }
  if (command == "silence expire") return expire_silence(api, given.silence_id);
  if (command == "maintenance start") return start_maintenance(api, given.maintenance, output);
  if (command == "maintenance list") return show_maintenance(api, given.maintenance, output);
  if (command == "maintenance end") return end_maintenance(api, given.maintenance);
  if (command == "drill run") return run_drill(api, given.drill, output);
  if (command == "drill list") return show_drills(api, output);
  if (command == "explain") return show_explanation(api, given.incident, output);
  return show_of(command)(api, output);
}

int run_command(const std::string& command, const Given& given, std::ostream& out,
                std::ostream& err) {
  if (command == "rules check") return check_rules(given.files, out, err);
  if (command == "rules test") return test_rules(given.files, out, err);
  if (command == "version") {
    out << "monitron " MONITRON_VERSION "\n";
    return 0;
  }
  const auto login = load_login();
  if (!login) return told(login.error(), err);
  if (command == "login") return log_in(*login, given, out, err);
  if (command == "logout") return log_out(*login, out, err);
  Api api(*login);
  const auto shown = show(api, command, given);
  if (!shown) return told(shown.error(), err);
  out << shown->text << std::flush;
  if (!out) {
    err << "monitron: the output cannot be written\n";
    return 74;
  }
  return shown->all_well ? 0 : 1;
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  // `help COMMAND` is `COMMAND --help`.
  if (first == "help") {
    const char* const asked[] = {argv[0], argc > 2 ? argv[2] : "--help", "--help"};
    return run(argc > 2 ? 3 : 2, asked, out, err);
  }
  if (first == "migrate") return migrate(argc, argv, err);
  CLI::App app{"Monitron on the command line.", "monitron"};
  Given given;
  declare(app, given);
  if (is_unknown(app, argc, argv)) {
    err << "monitron: there is no command \"" << argv[1] << "\"; monitron --help lists them\n";
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? 0 : 2;
  }
  std::string words;
  for (const auto* command = &app; !command->get_subcommands().empty();) {
    command = command->get_subcommands().front();
    words += (words.empty() ? "" : " ") + command->get_name();
  }
  return run_command(words, given, out, err);
}

}  // namespace monitron::cli
