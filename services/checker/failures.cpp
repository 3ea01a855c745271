#include "checker/failures.hpp"

#include "probe/route.hpp"

namespace monitron::checker {

using domain::CheckStatus;
using probe::Finding;
using probe::Trouble;
using namespace std::chrono_literals;

namespace {

constexpr auto kGuardTimeout = 2s;
constexpr auto kAskAgain = 5s;

SteadyInstant now() { return std::chrono::steady_clock::now(); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void make_unknown(Finding& finding, const std::string& why) {
  finding.status = CheckStatus::unknown;
  finding.reason = why + ": " + finding.reason;
}

}  // namespace

void Failures::over(const domain::CheckDefinition& check) {
  network_.saw(check.target, false);
  if (!failing_.empty()) failing_.erase(check.id.value);
}

void Failures::judge(bool known, Finding finding, Done done) {
  const bool network = finding.trouble == Trouble::network;
  const Uuid id = finding.check.id.value;
  if (failing_.size() >= kRemembered) failing_.erase(failing_.begin());
  const bool fresh = failing_.insert(id).second && !known;
  network_.saw(finding.check.target, network);
  const SteadyInstant begun = now() - finding.duration;
  Held held{std::move(finding), fresh, begun, std::move(done)};
  if (!network || held.finding.status != CheckStatus::down) {
    return held.done(std::move(held.finding));
  }
  switch (network_.judge(fresh, begun, now())) {
    case OwnNetwork::Verdict::believe:
      return conclude(std::move(held), false);
    case OwnNetwork::Verdict::away:
      return conclude(std::move(held), true);
    case OwnNetwork::Verdict::ask:
      held_.push_back(std::move(held));
      return ask_guards();
  }
}

void Failures::conclude(Held held, bool away) {
  Finding& finding = held.finding;
  const auto here = finding.address ? probe::route_trouble(*finding.address) : std::string();
  if (!here.empty()) {
    make_unknown(finding, here);
  } else if (away) {
    make_unknown(finding, "the location's own network is away (guard targets " +
                              joined(config_.guard_targets) + " do not answer)");
  }
  if (finding.status == CheckStatus::unknown || !held.fresh || !config_.traceroute ||
      !finding.address) {
    return held.done(std::move(finding));
  }
  const auto to = *finding.address;
  auto shared = std::make_shared<Held>(std::move(held));
  engine_.trace(to, [shared](std::string way) {
    if (!way.empty()) shared->finding.details["traceroute"] = std::move(way);
    shared->done(std::move(shared->finding));
  });
}

void Failures::ask_guards() {
  if (asked_ > 0) return;
  any_answered_ = any_silent_ = false;
  asked_ = config_.guard_targets.size();
  for (const auto& target : config_.guard_targets) {
    domain::CheckDefinition guard;
    guard.use<domain::TcpSettings>();
    guard.target = target;
    guard.timeout = kGuardTimeout;
    engine_.start(std::move(guard), [this](const Finding& finding) {
      const bool network = finding.trouble == Trouble::network;
      // Who refuses has answered; whom nobody could ask (no address, a forbidden one, no
      // descriptors) has not kept silent.
      const bool answered = !network && finding.status != CheckStatus::unknown;
      any_answered_ = any_answered_ || answered;
      any_silent_ = any_silent_ || (network && finding.address);
      if (--asked_ == 0) guards_have_answered();
    });
  }
}

void Failures::guards_have_answered() {
  if (network_.heard(any_answered_ || !any_silent_, now())) config_.own_network(network_.up());
  auto held = std::exchange(held_, {});
  for (auto& one : held) {
    const bool away = network_.judge(one.fresh, one.begun, now()) == OwnNetwork::Verdict::away;
    conclude(std::move(one), away);
  }
  if (!network_.up()) again_ = loop_.after(kAskAgain, [this] { ask_guards(); });
}

}  // namespace monitron::checker
