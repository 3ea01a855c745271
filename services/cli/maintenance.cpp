#include "cli/maintenance.hpp"

#include "cli/answers.hpp"
#include "cli/given_time.hpp"
#include "cli/table.hpp"

namespace monitron::cli {
namespace {

using nlohmann::json;

std::string place(const std::string& id) { return "/maintenance-windows/" + percent_encoded(id); }

Result<json> selector_of(const std::vector<std::string>& labels) {
  json selector = json::object();
  for (const auto& text : labels) {
    const auto at = text.find('=');
    if (at == std::string::npos || at == 0) {
      return fail(Fault::invalid, "\"" + text + "\" is no label: name=value");
    }
    const auto name = text.substr(0, at);
    if (selector.contains(name))
      return fail(Fault::invalid, "the label " + name + " is given twice");
    selector[name] = text.substr(at + 1);
  }
  return selector;
}

std::string about(const json& window) {
  if (text_of(window, "everything") == "true") return "everything";
  const auto* selector = member(window, "selector");
  return selector == nullptr ? "" : labels_text(*selector);
}

bool comes_again(const json& window) { return member(window, "recurrence") != nullptr; }

// What people look for: is it on, will it be, was it.
std::string state_of(const json& window) {
  if (text_of(window, "active") == "true") return "active";
  return items_of(window, "next").empty() ? "over" : "coming";
}

// When it ends, if it is on; when it begins next, if it will be.
std::string edge_of(const json& window) {
  const auto state = state_of(window);
  if (state == "active") return "until " + when(window, "active_until");
  if (state == "coming") return "from " + when(items_of(window, "next").front(), "starts_at");
  return "ended " + when(window, "ends_at");
}

Result<json> window_of(const MaintenanceAsked& asked) {
  const auto selector = selector_of(asked.labels);
  if (!selector) return selector;
  if (selector->empty() != asked.everything) {
    return fail(Fault::invalid, asked.everything
                                    ? "labels or --everything, not both"
                                    : "say what it is about: name=value, or --everything");
  }
  const auto lasts = given_duration(asked.lasts);
  if (!lasts) return fail(lasts.error().in("--for"));
  const Result<Instant> from =
      asked.at.empty() ? system_clock().now() : given_time(asked.at, Direction::ahead);
  if (!from) return fail(from.error().in("--at"));
  json window = {{"name", asked.name.empty() ? asked.comment : asked.name},
                 {"description", asked.name.empty() ? "" : asked.comment},
                 {"selector", *selector},
                 {"everything", asked.everything},
                 {"ends_at", to_rfc3339(*from + *lasts)},
                 {"counts_in_sla", !asked.outside_sla}};
  if (!asked.at.empty()) window["starts_at"] = to_rfc3339(*from);
  return window;
}

}  // namespace

Result<Shown> start_maintenance(Api& api, const MaintenanceAsked& asked, Output output) {
  const auto window = window_of(asked);
  if (!window) return fail(window.error());
  const auto made = api.post("/maintenance-windows", *window);
  if (!made) return fail(made.error());
  if (output == Output::json) return Shown{json_text(*made)};
  return Shown{printable(about(*made)) + ": in maintenance " + edge_of(*made) + ": " +
               text_of(*made, "id") + "\n"};
}

Result<Shown> show_maintenance(Api& api, const MaintenanceAsked& asked, Output output) {
  const auto items = api.all("/maintenance-windows");
  if (!items) return fail(items.error());
  auto shown = json::array();
  for (const auto& item : *items) {
    if (asked.all || state_of(item) != "over") shown.push_back(item);
  }
  if (output == Output::json) return Shown{json_text(shown)};
  Table table({"STATE", "WINDOW", "ABOUT", "WHEN", "AGAIN", "BY", "ID"});
  for (const auto& item : shown) {
    const auto* again = member(item, "recurrence");
    table.add({state_of(item), text_of(item, "name"), about(item), edge_of(item),
               again == nullptr ? "-" : text_of(*again, "rrule"), text_of(item, "created_by"),
               text_of(item, "id")});
  }
  return Shown{table.text()};
}

Result<Shown> end_maintenance(Api& api, const MaintenanceAsked& asked) {
  const auto window = api.get(place(asked.id));
  if (!window) return fail(window.error());
  if (comes_again(*window) && !asked.for_good) {
    return fail(Fault::invalid,
                printable(text_of(*window, "name")) + " comes again; --for-good ends all of it");
  }
  if (const auto done = api.remove(place(asked.id)); !done) return fail(done.error());
  return Shown{"ended: " + printable(text_of(*window, "name")) + "\n"};
}

}  // namespace monitron::cli
