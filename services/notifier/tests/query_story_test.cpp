// Alerts of rules in PromQL and of checks that flap, over whatever comes in whatever order, with
// restarts (M-002).

#include "alert_scene.hpp"
#include "promql/parser.hpp"

#include <rapidcheck/gtest.h>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using domain::LabelSet;
using Status = domain::CheckStatus;
using std::chrono::seconds;

constexpr int kWindowFrom = 50;
constexpr int kWindowTo = 90;

// What an element of the rule's input is at an evaluation.
enum class Seen { holds, well, missing };

// The rule's elements: two behind a switch, one with a maintenance window, one with neither. What
// is said of them is judged by a simple account of what was evaluated.
class QueryStory {
 public:
  QueryStory() : rule_(scene_.rule()) {
    rule_.kind = "promql";
    rule_.expr = "load > 1";
    rule_.for_seconds = *rc::gen::element(0, 0, 4);
    rule_.keep_firing_for_seconds = *rc::gen::element(0, 0, 6);
    rule_.no_data = *rc::gen::element<std::string>("ok", "keep", "alert");
    switch_ = scene_.check("switch");
    scene_.behind({{"site", "a"}}, {switch_});
    scene_.window({{"host", "c"}}, kWindowFrom, kWindowTo);
    for (const auto& labels :
         {LabelSet{{"host", "a"}, {"site", "a"}}, LabelSet{{"host", "b"}, {"site", "a"}},
          LabelSet{{"host", "c"}}, LabelSet{{"host", "d"}}}) {
      elements_[labels.at("host")].labels = labels;
    }
    judge(scene_.define());
    judge(scene_.result(switch_, Status::up));
  }
  void step() {
    scene_.second += *rc::gen::inRange(1, 4);
    const auto what = *rc::gen::inRange(0, 10);
    if (what == 0) return judge(scene_.restart());
    if (what <= 2) return tick();
    if (what <= 4) {
      return judge(scene_.result(switch_, *rc::gen::element(Status::up, Status::down)));
    }
    for (auto& [host, element] : elements_) {
      element.seen = *rc::gen::element(Seen::holds, Seen::holds, Seen::well, Seen::missing);
    }
    evaluate();
  }
  void end_well() {
    for (auto& [host, element] : elements_) element.seen = Seen::well;
    for (int i = 0; i < 20; ++i) {
      ++scene_.second;
      judge(scene_.result(switch_, Status::up));
      evaluate();
      tick();
    }
    RC_ASSERT(open_.empty());
    RC_ASSERT(scene_.stored.empty());
  }

 private:
  struct Element {
    LabelSet labels;
    Seen seen = Seen::well;
    std::optional<int> since{};   // its condition holds
    std::optional<int> ceased{};  // it did until then
    std::optional<int> kept{};    // fired, and is kept: since when it held
  };

  void tick() {
    for (auto& [host, element] : elements_) end_what_was_kept(element);
    judge(scene_.tick());
  }
  void evaluate() {
    std::vector<QueryElement> result;
    QueryInput input{rules::input_of(*promql::parse(rule_.expr)), {}};
    for (auto& [host, element] : elements_) {
      if (element.seen == Seen::holds) result.push_back({element.labels, 2, {}});
      if (element.seen != Seen::missing) input.elements.push_back(element.labels);
      account(element);
    }
    const bool asked = rule_.no_data != "ok";
    judge(scene_.take(scene_.book->observe(rule_, result, scene_.now(), asked ? &input : nullptr)));
  }
  void account(Element& element) const {
    if (element.seen == Seen::missing && rule_.no_data == "keep") return;  // nothing is said
    const bool told_apart = element.seen == Seen::missing && rule_.no_data == "alert";
    if (element.seen == Seen::holds || told_apart) {
      if (!element.since) element.since = element.kept.value_or(scene_.second);
      element.ceased.reset();
      element.kept.reset();
      return;
    }
    if (element.since) {
      element.ceased = scene_.second;
      if (scene_.second - *element.since >= rule_.for_seconds) element.kept = element.since;
    }
    element.since.reset();
    end_what_was_kept(element);
  }
  void end_what_was_kept(Element& element) const {
    const bool is_over =
        element.ceased && scene_.second - *element.ceased >= rule_.keep_firing_for_seconds;
    if (is_over) element.kept.reset();
  }
  void judge(const Changes& changes) {
    for (const auto& change : changes) judge(change);
    RC_ASSERT(scene_.book->firing(scene_.now()).size() == open_.size());
  }
  void judge(const notifier::Change& change) {
    const auto& alert = change.alert;
    const bool is_open = open_.contains(alert.id);
    const auto host = alert.labels.find("host");
    const auto* element = host == alert.labels.end() ? nullptr : &elements_.at(host->second);
    switch (change.change) {
      case AlertChange::fired:
        RC_ASSERT(!is_open);
        open_[alert.id] = alert.incident_id;
        if (element != nullptr) judge_begin(*element);
        return;
      case AlertChange::resolved:
        RC_ASSERT(is_open);
        RC_ASSERT(open_.at(alert.id) == alert.incident_id);
        open_.erase(alert.id);
        if (element != nullptr) judge_end(*element);
        return;
      case AlertChange::suppressed:
      case AlertChange::pending:
      case AlertChange::cleared:
        RC_ASSERT(!is_open);
        return;
      default:
        return;
    }
  }
  // Not before its time, not in the window, not behind what is down.
  void judge_begin(const Element& element) const {
    RC_ASSERT(element.since.has_value());
    RC_ASSERT(scene_.second - *element.since >= rule_.for_seconds);
    if (element.labels.at("host") == "c") {
      RC_ASSERT(scene_.second < kWindowFrom || scene_.second >= kWindowTo);
    }
    if (element.labels.contains("site")) {
      RC_ASSERT(scene_.definitions.checks.front().states.status == Status::up);
    }
  }
  // Kept for as long as the rule says.
  void judge_end(const Element& element) const {
    RC_ASSERT(element.ceased.has_value());
    RC_ASSERT(scene_.second - *element.ceased >= rule_.keep_firing_for_seconds);
  }

  AlertScene scene_;
  store::Rule& rule_;
  Uuid switch_;
  std::map<std::string, Element> elements_;
  std::map<Uuid, Uuid> open_;  // incidents by alert
};

RC_GTEST_PROP(QueryStory, BeginsInTimeAndEndsOnce, ()) {
  QueryStory story;
  for (int i = *rc::gen::inRange(0, 80); i > 0; --i) story.step();
  story.end_well();
}

// However it turns: while it does not flap, what is told is how it stands; and what is told when
// the flapping ends is that, too.
RC_GTEST_PROP(FlappingStory, ItsEndTellsTheFinalState, ()) {
  AlertScene scene;
  const auto down = scene.rule().id;
  scene.rule({"flapping"});
  const auto check = scene.check("shop");
  scene.define();
  auto status = Status::up;
  std::map<Uuid, bool> open;
  const int turns = *rc::gen::inRange(0, 10);
  for (int i = *rc::gen::inRange(0, 120); i > 0; --i) {
    ++scene.second;
    if (*rc::gen::inRange(0, 10) < turns) status = status == Status::up ? Status::down : Status::up;
    const bool is_restart = *rc::gen::inRange(0, 15) == 0;
    for (const auto& change : is_restart ? scene.restart() : scene.result(check, status)) {
      const bool begins = change.change == AlertChange::fired;
      const bool ends = change.change == AlertChange::resolved;
      if (begins || ends) RC_ASSERT(std::exchange(open[change.rule.id], begins) == ends);
      const auto& states = scene.definitions.checks.front().states;
      if (change.alert.text.starts_with("flapping ended: ")) {
        RC_ASSERT(!states.flapping);
        const std::string word(domain::to_string(states.status));
        RC_ASSERT(change.alert.text.substr(16, word.size()) == word);
      }
    }
    const auto& states = scene.definitions.checks.front().states;
    for (const auto& [rule, is_open] : open) {
      const bool stands = rule == down ? states.status == Status::down : states.flapping;
      if (rule != down || !states.flapping) RC_ASSERT(is_open == stands);
    }
  }
}

}  // namespace
}  // namespace monitron::notifier
