#include "cli/drills.hpp"

#include "base/text.hpp"
#include "cli/answers.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

namespace monitron::cli {
namespace {

using nlohmann::json;

// How long people took to be told.
std::string told_after(const json& drill) {
  const auto* found = member(drill, "seconds_to_tell");
  if (found == nullptr || !found->is_number()) return "-";
  const auto seconds = found->get<double>();
  if (seconds < 1) return std::to_string(std::llround(seconds * 1000)) + " ms";
  const auto tenths = std::llround(seconds * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string verdict_of(const json& drill) {
  const auto verdict = text_of(drill, "verdict");
  return verdict.empty() ? text_of(drill, "state") : verdict;
}

bool is_lost(const json& drill) { return text_of(drill, "verdict") == "lost"; }

std::string by_whom(const json& drill) {
  const auto by = text_of(drill, "requested_by");
  return by.empty() ? "schedule" : by;
}

// A drill ends within both of its deadlines, and the time in which a notifier begins it.
Result<json> waited_for(Api& api, json drill, std::chrono::milliseconds look_every) {
  const std::chrono::seconds deadline(drill.value("deadline_seconds", 600));
  const auto until = std::chrono::steady_clock::now() + 2 * deadline + std::chrono::minutes(1);
  const auto path = "/drills/" + percent_encoded(text_of(drill, "id"));
  while (text_of(drill, "state") != "ended") {
    if (std::chrono::steady_clock::now() > until) {
      return fail(Fault::timeout, "no notifier gave the drill a verdict");
    }
    std::this_thread::sleep_for(look_every);
    auto now = api.get(path);
    if (!now) return fail(now.error());
    drill = std::move(*now);
  }
  return drill;
}

}  // namespace

Result<Shown> run_drill(Api& api, const DrillAsked& asked, Output output) {
  auto drill = api.post("/drills", json::object());
  if (drill && asked.wait) drill = waited_for(api, std::move(*drill), asked.look_every);
  if (!drill) return fail(drill.error());
  if (output == Output::json) return Shown{json_text(*drill), !is_lost(*drill)};
  if (!asked.wait) return Shown{"asked for: " + text_of(*drill, "id") + "\n"};
  const auto detail = text_of(*drill, "detail");
  return Shown{printable(verdict_of(*drill) + (detail.empty() ? "" : ": " + detail)) +
                   ", told after " + told_after(*drill) + "\n",
               !is_lost(*drill)};
}

Result<Shown> show_drills(Api& api, Output output) {
  const auto page = api.get("/drills?limit=100");
  if (!page) return fail(page.error());
  const auto& items = items_of(*page, "items");
  const auto ended = std::find_if(items.begin(), items.end(), [](const json& drill) {
    return text_of(drill, "state") == "ended";
  });
  const bool well = ended == items.end() || !is_lost(*ended);
  if (output == Output::json) return Shown{json_text(items), well};
  Table table({"VERDICT", "STARTED", "TOLD AFTER", "BY", "DETAIL", "ID"});
  for (const auto& drill : items) {
    table.add({verdict_of(drill), when(drill, "started_at"), told_after(drill), by_whom(drill),
               text_of(drill, "detail"), text_of(drill, "id")});
  }
  return Shown{table.text(), well};
}

}  // namespace monitron::cli
