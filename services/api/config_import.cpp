#include "api/config_import.hpp"

#include "api/check_secrets.hpp"
#include "api/config_document.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using Action = ConfigChange::Action;

constexpr std::size_t kMostItems = 2000;
constexpr std::size_t kMostErrors = 100;

std::string place_of(const char* section, std::size_t place) {
  return std::string(section) + "[" + std::to_string(place) + "]";
}

// Without members that say nothing, as those that are there are shown.
Json compared(const Json& wanted) {
  Json members = Json::object();
  for (const auto& [name, value] : wanted.items()) {
    if (!value.is_null()) members[name] = value.is_structured() ? sorted(value) : value;
  }
  return sorted(members);
}

// Whether a secret is given where there is one, which nobody sees: it may be another one.
bool gives_secret(const Json& wanted, const Json& before) {
  if (before.is_string()) return before == kMask && wanted != before;
  if (!before.is_structured() || before.type() != wanted.type()) return false;
  for (const auto& [name, value] : before.items()) {
    if (before.is_object() && wanted.contains(name) && gives_secret(wanted[name], value)) {
      return true;
    }
  }
  return false;
}

std::string shown_name(const ConfigSection& section, const Json& members) {
  if (section.key.size() == 1) return config_name(section, members);
  std::string text;
  for (const auto* key : section.key) {
    const auto value = members.value(key, Json());
    if (value.empty()) continue;
    text +=
        (text.empty() ? "" : " ") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

}  // namespace

const char* to_string(ConfigChange::Action action) {
  switch (action) {
    case Action::create:
      return "create";
    case Action::update:
      return "update";
    case Action::remove:
      return "delete";
    case Action::unchanged:
      break;
  }
  return "unchanged";
}

ConfigImport::ConfigImport(const ConfigRoutes& routes, Configuration before,
                           const rules::Yaml& document, db::Joined& joined)
    : routes_(routes),
      before_(std::move(before)),
      names_(before_.names),
      document_(document),
      wanted_(json_of(document)),
      joined_(joined) {}

void ConfigImport::refuse(const std::string& field, const std::string& code,
                          const std::string& message) {
  if (errors_.size() >= kMostErrors) return;
  const int line = line_of(document_, field);
  errors_.push_back({field, code, message + " (line " + std::to_string(line) + ")"});
  status_ = std::max(status_, 400);
}

void ConfigImport::refuse(const std::string& field, const http::Response& answer) {
  if (answer.status >= 500) {
    over_ = true;
    trouble_ = answer;
    return;
  }
  const auto problem = Json::parse(answer.body, nullptr, false);
  const auto errors = problem.value("errors", Json::array());
  for (const auto& error : errors) {
    auto member = error.value("field", "");
    if (field == kRetentionSection && member.starts_with("classes")) member.erase(0, 7);
    const bool apart = !member.empty() && member.front() != '[';
    refuse(field + (apart ? "." : "") + member, error.value("code", "invalid"),
           error.value("message", ""));
  }
  if (errors.empty()) {
    refuse(field, answer.status == 403 ? "denied" : "conflict", problem.value("detail", ""));
  }
  if (answer.status == 403 || answer.status == 409 || answer.status == 412) {
    status_ = std::max(status_, answer.status == 412 ? 409 : answer.status);
  }
}

void ConfigImport::refuse_step(const std::string& field, const http::Response& answer) {
  refuse(field, answer);
  over_ = !joined_.undo_step() || over_;
}

void ConfigImport::check_items(const std::string& name, const Json& items) {
  const auto& all = config_sections();
  const bool known =
      name == kRetentionSection || std::any_of(all.begin(), all.end(), [&](const auto& one) {
        return one.name == std::string_view(name);
      });
  if (!known) return refuse(name, "unknown", "is no part of the configuration");
  if (!items.is_array()) return refuse(name, "invalid", "must be a list");
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_object()) continue;
    refuse(place_of(name.c_str(), i), "invalid", "must be a mapping");
  }
}

void ConfigImport::check_form() {
  if (!wanted_.is_object()) return refuse("", "invalid", "the document must be a mapping");
  std::size_t count = 0;
  for (const auto& [name, items] : wanted_.items()) {
    check_items(name, items);
    count += items.size();
  }
  if (count > kMostItems) refuse("", "too_many", "must have at most 2000 things in it");
}

// Those of the document; what has no name cannot be found again.
std::vector<ConfigImport::Item> ConfigImport::items_of(const ConfigSection& section) {
  std::vector<Item> items;
  std::vector<std::string> names;
  for (const auto& wanted : wanted_[section.name]) {
    const auto place = items.size();
    names.push_back(config_name(section, wanted));
    if (names.back().empty()) {
      refuse(place_of(section.name, place) + "." + section.key.front(), "required",
             "must be there: it tells this one from the others");
    }
    items.push_back({.place = place, .wanted = wanted});
  }
  names = told_apart(names);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].name = names[i];
  return items;
}

// Of several of one name, one that is so already, else the next.
void ConfigImport::match(const ConfigSection& section, std::vector<Item>& items) {
  struct Candidate {
    std::string text{};
    const ConfigObject* object = nullptr;
  };
  std::map<std::string, std::vector<Candidate>> left;
  for (const auto& one : before_.sections[section.name]) {
    left[config_name(section, one.members)].push_back({sorted(one.members).dump(), &one});
  }
  for (const bool same : {true, false}) {
    for (auto& item : items) {
      if (item.now != nullptr) continue;
      std::vector<ConfigNames::Unknown> unknown;
      const auto wanted = names_.resolved(section, item.wanted, unknown);
      auto& candidates = left[config_name(section, wanted)];
      const auto text = compared(wanted).dump();
      const auto found = std::find_if(candidates.begin(), candidates.end(),
                                      [&](const auto& one) { return !same || text == one.text; });
      if (found == candidates.end()) continue;
      item.now = found->object;
      candidates.erase(found);
    }
  }
  for (const auto& item : items) {
    if (item.now == nullptr) continue;
    names_.put(section.name, item.name, item.now->id);
    named_[{section.name, item.now->id}] = place_of(section.name, item.place);
  }
}

void ConfigImport::put(const ConfigSection& section, Item& item, Json wanted) {
  item.done = true;
  if (auto* work = routes_.work()) ++work->done;
  const auto field = place_of(section.name, item.place);
  const auto* now = item.now;
  for (const auto* member : section.told) {
    if (now == nullptr || wanted.contains(member) || !now->members.contains(member)) continue;
    wanted[member] = now->members[member];
  }
  if (now != nullptr && compared(wanted) == sorted(now->members)) {
    return note({Action::unchanged, section.name, item.name, now->id, {}, {}});
  }
  Json body = wanted;
  if (now != nullptr) body.update(now->kept);
  joined_.begin_step();
  const auto answer = now == nullptr ? routes_.ask(http::Method::post, section.path, body)
                                     : routes_.ask(http::Method::put,
                                                   std::string(section.path) + "/" + now->id, body);
  if (answer.status >= 300) return refuse_step(field, answer);
  const auto after = config_object(section, Json::parse(answer.body));
  if (config_name(section, after.members) != config_name(section, wanted)) {
    return refuse(field, "invalid", "is called otherwise by what it says itself");
  }
  names_.put(section.name, item.name, after.id);
  named_[{section.name, after.id}] = field;
  const auto shown = names_.named(section, after.members);
  const auto name = shown_name(section, shown);
  if (now == nullptr) return note({Action::create, section.name, name, after.id, {}, shown});
  if (sorted(after.members) == sorted(now->members) && !gives_secret(wanted, now->members)) {
    joined_.undo_step();
    return note({Action::unchanged, section.name, name, now->id, {}, {}});
  }
  note({Action::update, section.name, name, now->id, before_.names.named(section, now->members),
        shown});
}

// For who looks how far it is.
void ConfigImport::count_items() {
  auto* work = routes_.work();
  if (work == nullptr || !errors_.empty()) return;
  std::int64_t items = 0;
  for (const auto& section : config_sections()) {
    if (wanted_.contains(section.name))
      items += static_cast<std::int64_t>(wanted_[section.name].size());
  }
  work->done = 0;
  work->total = items;
}

// What refers to things that are still to be made waits for them.
bool ConfigImport::apply_round(const ConfigSection& section, std::vector<Item>& items) {
  bool progress = false;
  for (auto& item : items) {
    if (item.done || over_) continue;
    std::vector<ConfigNames::Unknown> unknown;
    const auto wanted = names_.resolved(section, item.wanted, unknown);
    if (!unknown.empty()) continue;
    put(section, item, wanted);
    progress = true;
  }
  return progress;
}

void ConfigImport::apply(const ConfigSection& section) {
  if (!wanted_.contains(section.name)) return;
  if (!before_.sections.contains(section.name)) {
    refuse(section.name, "denied", "you may not see what there is");
    status_ = std::max(status_, 403);
    return;
  }
  auto items = items_of(section);
  if (!errors_.empty()) return;
  match(section, items);
  while (apply_round(section, items)) {
  }
  if (!errors_.empty()) return;
  for (const auto& item : items) {
    std::vector<ConfigNames::Unknown> unknown;
    if (!item.done) names_.resolved(section, item.wanted, unknown);
    for (const auto& one : unknown) {
      const bool waits = one.section == section.name &&
                         std::any_of(items.begin(), items.end(),
                                     [&](const auto& other) { return other.name == one.name; });
      refuse(place_of(section.name, item.place) + "." + one.field, waits ? "cycle" : "not_found",
             waits ? "leads round to itself"
                   : "no " + one.section + " is called \"" + one.name + "\"");
    }
  }
}

void ConfigImport::apply_retention() {
  if (!wanted_.contains(kRetentionSection)) return;
  if (!before_.retention) {
    refuse(kRetentionSection, "denied", "you may not see what there is");
    status_ = std::max(status_, 403);
    return;
  }
  ConfigChange change{Action::unchanged, kRetentionSection, kRetentionSection, "", {}, {}};
  const auto& wanted = wanted_[kRetentionSection];
  if (sorted(wanted) == sorted(*before_.retention)) return note(std::move(change));
  const auto answer = routes_.ask(http::Method::put, kRetentionPath, {{"classes", wanted}});
  if (answer.status >= 300) return refuse(kRetentionSection, answer);
  auto after = Json::parse(answer.body)["classes"];
  for (auto& one : after) one.erase("id");
  change.action = Action::update;
  change.before = *before_.retention;
  change.after = std::move(after);
  note(std::move(change));
}

void ConfigImport::prune(const ConfigSection& section) {
  if (!wanted_.contains(section.name)) return;
  for (const auto& one : before_.sections[section.name]) {
    if (over_ || named_.contains({section.name, one.id})) continue;
    joined_.begin_step();
    const auto answer =
        routes_.ask(http::Method::delete_, std::string(section.path) + "/" + one.id);
    const auto shown = before_.names.named(section, one.members);
    // 404: gone with something else.
    if (answer.status >= 300 && answer.status != 404) {
      refuse_step(section.name, answer);
      continue;
    }
    note({Action::remove, section.name, shown_name(section, shown), one.id, shown, {}});
  }
}

// An instance makes the groups that it is in.
void ConfigImport::name_groups_of_instances() {
  if (!wanted_.contains("instances")) return;
  for (const auto& instance : wanted_["instances"]) {
    const auto groups = instance.find("groups");
    if (groups == instance.end() || !groups->is_array()) continue;
    for (const auto& name : *groups) {
      if (!name.is_string()) continue;
      const auto id = names_.id_of("groups", name.get<std::string>());
      if (!id.empty()) named_.try_emplace({"groups", id}, "instances");
    }
  }
}

// Which of the things that the document names are there.
tl::expected<ConfigImport::Ids, http::Response> ConfigImport::named_there() const {
  Ids there;
  for (const auto& section : config_sections()) {
    if (!wanted_.contains(section.name)) continue;
    const auto objects = read_section(routes_, section);
    if (!objects) return tl::unexpected(objects.error());
    if (!*objects) continue;
    for (const auto& one : **objects) {
      if (named_.contains({section.name, one.id})) there.emplace(section.name, one.id);
    }
  }
  return there;
}

// What goes takes with it what needs it, which the document may ask for.
tl::expected<void, http::Response> ConfigImport::prune_all() {
  name_groups_of_instances();
  const auto before = named_there();
  if (!before) return tl::unexpected(before.error());
  for (auto at = config_sections().rbegin(); at != config_sections().rend(); ++at) {
    if (errors_.empty() && !over_) prune(*at);
  }
  if (!errors_.empty() || over_) return {};
  const auto after = named_there();
  if (!after) return tl::unexpected(after.error());
  for (const auto& key : *before) {
    if (after->contains(key)) continue;
    refuse(named_.at(key), "conflict",
           "would go with what it needs, which the document does not name");
    status_ = std::max(status_, 409);
  }
  return errors_.empty() ? note_what_went_along() : tl::expected<void, http::Response>();
}

// Of sections that the document does not have, too: checks of an instance that is pruned.
tl::expected<void, http::Response> ConfigImport::note_what_went_along() {
  Ids noted;
  for (const auto& change : changes_) {
    if (change.action == Action::remove) noted.emplace(change.section, change.id);
  }
  if (noted.empty()) return {};
  for (const auto& section : config_sections()) {
    if (wanted_.contains(section.name) || !before_.sections.contains(section.name)) continue;
    const auto objects = read_section(routes_, section);
    if (!objects) return tl::unexpected(objects.error());
    std::set<std::string> there;
    if (*objects) {
      for (const auto& one : **objects) there.insert(one.id);
    }
    for (const auto& one : before_.sections[section.name]) {
      if (there.contains(one.id)) continue;
      const auto shown = before_.names.named(section, one.members);
      note({Action::remove, section.name, shown_name(section, shown), one.id, shown, {}});
    }
  }
  return {};
}

tl::expected<void, http::Response> ConfigImport::run(bool prune_too) {
  check_form();
  count_items();
  for (const auto& section : config_sections()) {
    if (errors_.empty() && !over_) apply(section);
  }
  if (errors_.empty() && !over_) apply_retention();
  auto pruned = tl::expected<void, http::Response>();
  if (prune_too && errors_.empty() && !over_) pruned = prune_all();
  if (trouble_) return tl::unexpected(std::move(*trouble_));
  return pruned;
}

}  // namespace monitron::api
