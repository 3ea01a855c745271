#include "notifier/anomalies.hpp"

#include "base/log.hpp"
#include "promql/parser.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

constexpr auto kAgain = 1h;
constexpr auto kRetry = 30s;
constexpr int kShare = 50;  // learning takes a fiftieth of the time at most
// Four weeks of a thousand series that are reported every ten seconds.
constexpr promql::Limits kLimits{
    .samples = 300'000'000, .steps = 11'000, .bytes = 512u << 20, .time = 120s};

}  // namespace

Anomalies::Anomalies(promql::Source& storage, service::Metrics& metrics, const Clock& clock)
    : storage_(storage),
      clock_(clock),
      learnt_(metrics.counter("monitron_notifier_baselines_learnt_total",
                              "Times that what is usual was learnt for a rule on anomalies.")),
      failures_(metrics.counter("monitron_notifier_baseline_failures_total",
                                "Times that it could not be learnt.")) {}

Anomalies::~Anomalies() { stop(); }

void Anomalies::start() {
  thread_ = std::thread([this] { work(); });
}

void Anomalies::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (budget_) budget_->cancel();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Anomalies::define(const std::vector<store::Rule>& rules) {
  {
    const std::lock_guard lock(mutex_);
    std::map<Uuid, Subject> subjects;
    for (const auto& rule : rules) {
      if (rule.kind != "anomaly") continue;
      const auto known = subjects_.find(rule.id);
      if (known != subjects_.end() && known->second.rule.version == rule.version) {
        subjects.insert(subjects_.extract(known));
        continue;
      }
      const auto expr = promql::parse(rule.expr);
      if (expr) subjects.insert({rule.id, {rule, *expr, clock_.steady_now(), nullptr}});
    }
    subjects_ = std::move(subjects);
  }
  wake_.notify_all();
}

Anomalies::Learnt Anomalies::learnt_for(const store::Rule& rule) {
  const std::lock_guard lock(mutex_);
  const auto known = subjects_.find(rule.id);
  const bool same = known != subjects_.end() && known->second.rule.version == rule.version;
  return same ? known->second.learnt : nullptr;
}

bool Anomalies::knows(const store::Rule& rule) { return learnt_for(rule) != nullptr; }

std::optional<Error> Anomalies::problem_of(const store::Rule& rule) {
  const std::lock_guard lock(mutex_);
  const auto known = subjects_.find(rule.id);
  const bool same = known != subjects_.end() && known->second.rule.version == rule.version;
  return same ? known->second.problem : std::nullopt;
}

Result<std::vector<QueryElement>> Anomalies::unusual(const store::Rule& rule,
                                                     const promql::Vector& result) {
  const auto learnt = learnt_for(rule);
  if (!learnt) return fail(Fault::unavailable, "what is usual is not learnt yet");
  promql::Vector outside;
  std::vector<std::string> texts;
  for (const auto& element : result) {
    auto labels = element.labels;
    labels.remove(promql::kMetricName);
    const auto seen = rules::look(*learnt, rule.anomaly, labels, element.sample);
    if (!seen || !seen->outside) continue;
    outside.push_back(element);
    texts.push_back(rule.expr + " " + rules::unusual_text(element.sample.value, seen->band));
  }
  auto elements = elements_of(outside);
  for (std::size_t i = 0; elements && i < elements->size(); ++i) {
    (*elements)[i].text = std::move(texts[i]);
  }
  return elements;
}

void Anomalies::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next =
        std::min_element(subjects_.begin(), subjects_.end(),
                         [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
    if (next == subjects_.end()) {
      wake_.wait(lock);
    } else if (next->second.due > clock_.steady_now()) {
      wake_.wait_until(lock, next->second.due);
    } else {
      learn(next->first, lock);
    }
  }
}

void Anomalies::learn(const Uuid& id, std::unique_lock<std::mutex>& lock) {
  const auto rule = subjects_.at(id).rule;
  const auto expr = subjects_.at(id).expr;
  const auto budget = budget_ = std::make_shared<promql::Budget>(kLimits);
  lock.unlock();
  const auto begun = clock_.steady_now();
  auto outcome = rules::learn_baselines(expr, rule.anomaly, to_ms(clock_.now()), storage_, *budget);
  const auto now = clock_.steady_now();
  lock.lock();
  budget_.reset();
  const auto known = subjects_.find(id);
  if (stopping_ || known == subjects_.end() || known->second.rule.version != rule.version) return;
  auto& subject = known->second;
  note(subject, outcome);
  subject.due = now + (outcome ? std::max<SteadyInstant::duration>(kAgain, (now - begun) * kShare)
                               : SteadyInstant::duration(kRetry));
  if (outcome) subject.learnt = std::make_shared<const rules::Baselines>(std::move(*outcome));
}

void Anomalies::note(Subject& subject, const Result<rules::Baselines>& outcome) {
  (outcome ? learnt_ : failures_).add();
  const bool is_new =
      !outcome && (!subject.problem || subject.problem->text != outcome.error().text);
  if (is_new) log::warning("baseline.failed", outcome.error().text, {{"rule", subject.rule.name}});
  if (outcome) {
    log::info("baseline.learnt", "what is usual is learnt",
              {{"rule", subject.rule.name}, {"series", outcome->size()}});
  }
  subject.problem.reset();
  if (!outcome) subject.problem = outcome.error();
}

}  // namespace monitron::notifier
