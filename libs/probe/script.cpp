// Script: a program in a folder of the checker, that speaks as plugins of Nagios do. Exit status 0
// is up, 1 up with a warning, 2 down, 3 and all else unknown; its line is the reason. A script that
// does not end in its time is down, as Nagios has it; one that could not be run, or had to wait too
// long for its place, is unknown.

#include "base/text.hpp"
#include "probe/plugin_output.hpp"
#include "probe/run.hpp"
#include "script/runner.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

namespace monitron::probe {

using domain::CheckStatus;
using script::Ending;

namespace {

constexpr std::size_t kReasonBytes = 500;
// The spawner ends a script at its time; when it has not said so by then it will not.
constexpr std::chrono::milliseconds kSpawnerPatience{2000};

std::string shortened(std::string text) {
  if (text.size() <= kReasonBytes) return text;
  std::size_t end = kReasonBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string variable(const std::string& name, std::string value) {
  std::erase(value, '\0');
  return name + "=" + value;
}

script::Order order_of(const domain::CheckDefinition& check, const std::string& location) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(check.timeout).count();
  script::Order order;
  order.timeout = check.timeout;
  order.command = check.as<domain::ScriptSettings>().command;
  order.arguments = check.as<domain::ScriptSettings>().arguments;
  order.environment = {
      variable("MONITRON_ADDRESS", check.target), variable("MONITRON_CHECK_ID", check.id.str()),
      variable("MONITRON_CHECK_NAME", check.name), variable("MONITRON_LOCATION", location),
      variable("MONITRON_TIMEOUT_SECONDS", std::to_string(seconds))};
  for (const auto& [name, secret] : check.as<domain::ScriptSettings>().secrets) {
    order.environment.push_back(variable(name, secret.text));
  }
  order.input = check.as<domain::ScriptSettings>().input.text;
  return order;
}

// What a script says is shown to people: its secrets are not.
constexpr std::string_view kMask = "********";
constexpr std::size_t kShortestSecret = 4;  // shorter ones are in every text

void mask(std::string& text, const std::string& secret, bool cut) {
  if (secret.size() < kShortestSecret) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), kMask);
    at += kMask.size();
  }
  // The end that was cut off may hold the beginning of one.
  for (std::size_t size = secret.size() - 1; cut && size >= kShortestSecret; --size) {
    if (!text.ends_with(secret.substr(0, size))) continue;
    text.replace(text.size() - size, size, kMask);
    return;
  }
}

// Each line of a secret of several lines by itself: output is read line by line.
void mask_all(Ending& ending, const domain::ScriptSettings& script) {
  std::vector<std::string> secrets = split_list(script.input.text, '\n');
  for (const auto& [name, secret] : script.secrets) {
    for (auto& line : split_list(secret.text, '\n')) secrets.push_back(std::move(line));
  }
  std::sort(secrets.begin(), secrets.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& secret : secrets) {
    mask(ending.output, secret, ending.cut);
    mask(ending.complaint, secret, ending.complaint.size() >= script::kOutputBytes);
  }
}

class ScriptRun : public Run {
 public:
  using Run::Run;

 private:
  void start() override {
    if (context_.scripts == nullptr) {
      return finish(
          CheckStatus::unknown,
          "scripts are not allowed on this checker: MONITRON_CHECKER_SCRIPTS_DIR is not set");
    }
    // The runner's thread hands over to the loop; after release() it calls no more.
    const auto on_loop = [&loop = context_.loop, weak = weak_from_this()](auto call) {
      loop.post([weak, call = std::move(call)] {
        if (const auto self = weak.lock()) call(static_cast<ScriptRun&>(*self));
      });
    };
    script::Runner::Listener listener;
    listener.started = [on_loop] { on_loop([](ScriptRun& run) { run.begun(); }); };
    listener.ended = [on_loop, script = check_.as<domain::ScriptSettings>()](Ending ending) {
      mask_all(ending, script);
      on_loop([ending = std::move(ending)](ScriptRun& run) { run.judge(ending); });
    };
    order_ = context_.scripts->start(order_of(check_, context_.location), std::move(listener));
  }

  void begun() {
    if (ended()) return;
    running_ = true;
    restart_time(check_.timeout + kSpawnerPatience);
  }

  void timed_out() override {
    const std::string limit = std::to_string(check_.timeout.count()) + " ms";
    finish(CheckStatus::unknown,
           running_ ? "the spawner of scripts does not answer"
                    : "overrun: no place to run the script became free within " + limit);
  }

  void judge(const Ending& ending) {
    if (ended()) return;
    if (running_) started_ = std::chrono::steady_clock::now() - ending.took;
    const auto said = parse_plugin_output(ending.output, ending.cut);
    switch (ending.how) {
      case Ending::How::refused:
      case Ending::How::lost:
        return finish(CheckStatus::unknown, ending.problem);
      case Ending::How::flooded:
        return finish(CheckStatus::unknown, "the script wrote more than 1 MiB and was ended");
      case Ending::How::timed_out:
        show(said);
        return finish(CheckStatus::down,
                      "the script did not end within " + std::to_string(check_.timeout.count()) +
                          " ms" + (said.text.empty() ? "" : ": " + shortened(said.text)));
      case Ending::How::killed:
        show(said);
        return finish(CheckStatus::unknown,
                      std::string("the script was ended by a signal: ") + strsignal(ending.code));
      case Ending::How::exited:
        return judge_exit(ending, said);
    }
  }

  void judge_exit(const Ending& ending, const PluginOutput& said) {
    show(said);
    add_value("probe_script_exit_code", ending.code);
    for (const auto& value : said.values) {
      domain::ProbeValue sample{"probe_script_value", {{"label", value.label}}, value.value};
      if (!value.unit.empty()) sample.labels.emplace_back("unit", value.unit);
      outcome_.values.push_back(std::move(sample));
    }
    std::string line = said.text;
    if (line.empty()) {
      // As Nagios: what a script that says nothing complained about is better than nothing.
      const auto complaint = parse_plugin_output(ending.complaint).text;
      line = "no output" + (complaint.empty() ? "" : "; on stderr: " + complaint);
    }
    line = shortened(line);
    warns_ = ending.code == 1;
    if (ending.code == 0 || ending.code == 1) return finish(CheckStatus::up, line);
    if (ending.code == 2) return finish(CheckStatus::down, line);
    if (ending.code == 3) return finish(CheckStatus::unknown, line);
    finish(CheckStatus::unknown, "exit status " + std::to_string(ending.code) + ": " + line);
  }

  void show(const PluginOutput& said) {
    if (!said.long_text.empty()) outcome_.details["output"] = said.text + "\n" + said.long_text;
    if (!said.performance.empty()) outcome_.details["performance_data"] = said.performance;
  }

  // What a script says when all is well is no warning.
  void last_words() override { outcome_.warning = outcome_.warning && warns_; }

  void release() override {
    if (order_ != 0) context_.scripts->abandon(std::exchange(order_, 0));
  }

  std::uint64_t order_ = 0;
  bool running_ = false;
  bool warns_ = false;
};

}  // namespace

void start_script(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<ScriptRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
