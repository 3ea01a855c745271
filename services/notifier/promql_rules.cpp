#include "notifier/promql_rules.hpp"

#include "base/log.hpp"
#include "notifier/watched_labels.hpp"
#include "promql/parser.hpp"

#include <algorithm>
#include <ctime>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

constexpr int kEvaluators = 2;
constexpr std::chrono::milliseconds kLongest = 10s;  // of one evaluation
constexpr std::uint64_t kMostBytes = 256u << 20;     // of one evaluation
constexpr std::int64_t kSilenceMs = 30'000;          // of everything: then it may be our trouble
constexpr const char* kReading = "recent samples are being read from storage";
constexpr auto kTryAgain = 200ms;  // of one that the head was not whole for

RuleTurns::Span cpu_of_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// What a rule on anomalies reads is all of its expression: what is unusual in it is its result.
rules::Input input_of(const store::Rule& rule, const promql::Expr& expr) {
  if (rule.kind == "anomaly") return {expr, false, {}, false};
  return rules::input_of(expr);
}

}  // namespace

// Null for one that cannot be evaluated; api lets none in.
std::shared_ptr<PromqlRules::Task> PromqlRules::make_task(const store::Rule& rule) const {
  const auto parsed = promql::parse(rule.expr);
  const auto needs = parsed ? head::needs_of(*parsed) : fail(parsed.error());
  if (!needs) {
    log::warning("rule.refused", needs.error().text, {{"rule", rule.name}});
    links_.note(rule, {.at = clock_.now(), .problem = needs.error().text});
    return nullptr;
  }
  auto task = std::make_shared<Task>();
  task->rule = rule;
  task->expr = *parsed;
  if (rule.no_data != "ok") task->input = input_of(rule, *parsed);
  if (rule.kind == "recording") task->recording.emplace(rule);
  task->needs = *needs;
  // What it makes is known by times of its own.
  for (auto& need : task->needs) need.reader = task->recording ? Uuid{} : rule.id;
  return task;
}

void PromqlRules::define(const AlertBook::Definitions& definitions) {
  std::vector<head::Need> needs;
  {
    const std::lock_guard lock(mutex_);
    Tasks tasks;
    for (const auto& rule : definitions.rules) {
      if (!is_query(rule) && rule.kind != "recording") continue;
      const auto known = tasks_.find(rule.id);
      const bool same = known != tasks_.end() && known->second->rule.version == rule.version &&
                        known->second->rule.expr == rule.expr;
      auto task = same ? known->second : make_task(rule);
      if (!task) continue;
      needs.insert(needs.end(), task->needs.begin(), task->needs.end());
      tasks.emplace(rule.id, std::move(task));
    }
    for (const auto& [id, task] : tasks_) {
      const auto known = tasks.find(id);
      if (known == tasks.end() || known->second != task) turns_.remove(id);
    }
    for (const auto& [id, task] : tasks) {
      const auto known = tasks_.find(id);
      if (known == tasks_.end() || known->second != task) turns_.add(id, clock_.steady_now());
    }
    tasks_ = std::move(tasks);
  }
  anomalies_.define(definitions.rules);
  head_.define(needs, owners_of(definitions.checks, definitions.instances), now_ms());
  wake_.notify_all();
  fill_.notify_all();
}

void PromqlRules::take(const contracts::Batch& batch) {
  heard_ms_ = now_ms();
  // What the suite sends of itself is numbered by its time.
  if (batch.id.source != contracts::kSuite && feed_gaps_.note(batch.id)) {
    gaps_.add();
    ++lost_;
  }
  note_change(head_.add(batch, heard_ms_));
}

std::uint64_t PromqlRules::feed() const {
  const auto feed = links_.feed();
  return feed == 0 ? 0 : feed + lost_;
}

void PromqlRules::take(const domain::CheckResult& result) {
  heard_ms_ = now_ms();
  note_change(head_.add(result, heard_ms_));
}

void PromqlRules::note_change(bool is_new) {
  if (!is_new) return;
  const std::lock_guard lock(mutex_);
  if (turns_.arrived(clock_.steady_now())) wake_.notify_one();
}

// With the mutex held, as what follows.
void PromqlRules::ask_who_reads() {
  const auto begun = cpu_of_thread();
  const auto now = clock_.steady_now();
  const auto readers = head_.take_readers();
  const std::chrono::milliseconds ahead(readers.latest_ms - now_ms());
  turns_.changed(readers.all, now, now + ahead);
  turns_.spend(cpu_of_thread() - begun, now);
}

// In step, but for what was missed. Rules that were defined together are spread over the interval.
SteadyInstant PromqlRules::due_after(const RuleTurns::Turn& turn, const Task& task) const {
  const auto now = clock_.steady_now();
  if (task.waiting) return now + kTryAgain;
  if (turn.on_change) return turn.due;
  const std::chrono::milliseconds interval(task.rule.interval_seconds * 1000LL);
  if (task.recording) return now + interval - std::chrono::milliseconds(now_ms() - time_of(task));
  const bool first = task.evaluations == 1;
  const auto spread =
      std::chrono::milliseconds(static_cast<std::int64_t>(std::hash<Uuid>{}(task.rule.id)) &
                                0xffff'ffff) %
      interval;
  return std::max(turn.due + (first ? spread : interval), now);
}

void PromqlRules::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = clock_.steady_now();
    if (turns_.asks_who(now)) ask_who_reads();
    const auto begun = cpu_of_thread();
    const auto turn = turns_.next(now);
    if (!turn) {
      wake_.wait_until(lock, turns_.when(now));
      continue;
    }
    const auto task = tasks_.at(turn->rule);
    promql::Limits limits;
    limits.bytes = kMostBytes;
    limits.time = std::min<std::chrono::milliseconds>(
        std::chrono::seconds(task->rule.interval_seconds), kLongest);
    task->budget = std::make_shared<promql::Budget>(limits);
    lock.unlock();
    const bool evaluated = evaluate(*task);
    if (evaluated && turn->on_change) on_change_.add();
    lock.lock();
    task->budget.reset();
    task->waiting = !evaluated;
    if (evaluated) ++task->evaluations;
    turns_.done(*turn, due_after(*turn, *task), clock_.steady_now(), cpu_of_thread() - begun);
  }
}

// The moment that it is evaluated at now.
std::int64_t PromqlRules::time_of(const Task& task) const {
  return task.recording ? Recording::slot_at(task.rule, now_ms()) : now_ms();
}

Result<PromqlRules::Answer> PromqlRules::ask(Task& task, std::int64_t time_ms) {
  Answer answer;
  head::Head::View view(head_);
  const auto outcome = promql::query_instant(task.expr, time_ms, view, *task.budget);
  if (!outcome) return fail(outcome.error());
  auto elements = elements_of(task.rule, outcome->value);
  if (!elements) return fail(elements.error());
  answer.elements = std::move(*elements);
  if (!task.input) return answer;
  auto read = outcome;
  if (task.input->is_compared) {
    read = promql::query_instant(task.input->expr, time_ms, view, *task.budget);
  }
  if (!read) return fail(read.error());
  answer.input.emplace(QueryInput{*task.input, labels_of(read->value)});
  return answer;
}

// Why it cannot be evaluated now; nothing of both: it can.
Evaluation PromqlRules::obstacle(const Task& task, std::uint64_t feed) {
  if (feed == 0) return {.waits_for = "nothing arrives: the broker is away"};
  if (heard_ms_ < now_ms() - kSilenceMs) return {.waits_for = "nothing arrives"};
  if (feed != whole_) {
    const std::lock_guard lock(mutex_);
    if (unfilled_) return hindered("recent samples cannot be read", *unfilled_);
    return {.waits_for = kReading};
  }
  if (task.rule.kind != "anomaly" || anomalies_.knows(task.rule)) return {};
  const auto problem = anomalies_.problem_of(task.rule);
  if (problem) return hindered("what is usual cannot be learnt", *problem);
  return {.waits_for = "what is usual is being learnt"};
}

void PromqlRules::hold(Task& task, Evaluation evaluation) {
  const auto said = evaluation.problem.empty() ? evaluation.waits_for : evaluation.problem;
  if (said == task.waits_for) return;
  task.waits_for = said;
  evaluation.at = clock_.now();
  links_.note(task.rule, evaluation);
}

bool PromqlRules::evaluate(Task& task) {
  const auto feed = this->feed();
  if (auto why = obstacle(task, feed); !why.waits_for.empty()) {
    hold(task, std::move(why));
    return false;
  }
  const auto begin = clock_.steady_now();
  const auto time_ms = time_of(task);
  const auto answer = ask(task, time_ms);
  if (!answer && task.budget->is_cancelled()) return false;  // we stop
  // It may lack what was lost meanwhile.
  if (this->feed() != feed || whole_ != feed) return false;
  // What the head does not know yet is being defined.
  if (!answer &&
      (answer.error().fault == Fault::unavailable || answer.error().fault == Fault::not_found)) {
    hold(task, {.waits_for = kReading});
    return false;
  }
  const std::chrono::duration<double> took = clock_.steady_now() - begin;
  note(task, answer ? tell(task, *answer, time_ms) : fail(answer.error()), took);
  return true;
}

Result<std::vector<QueryElement>> PromqlRules::elements_of(const store::Rule& rule,
                                                           const promql::Value& value) {
  if (rule.kind != "anomaly") return notifier::elements_of(value);
  const auto* vector = std::get_if<promql::Vector>(&value);
  if (vector == nullptr) return fail(Fault::invalid, "rule result is not a vector");
  return anomalies_.unusual(rule, *vector);
}

Result<void> PromqlRules::tell(Task& task, const Answer& answer, std::int64_t time_ms) {
  if (!task.recording) {
    const auto* input = answer.input ? &*answer.input : nullptr;
    return links_.tell(task.rule, answer.elements, from_ms(time_ms), input);
  }
  auto batch = task.recording->record(answer.elements, time_ms);
  if (!batch) return fail(batch.error());
  if (*batch) links_.record(std::move(**batch));
  return {};
}

void PromqlRules::note(Task& task, const Result<void>& done, std::chrono::duration<double> took) {
  evaluations_.add();
  seconds_.observe(took.count());
  const auto problem = done ? std::string() : done.error().text;
  if (!done) failures_.add();
  task.waits_for.clear();
  links_.note(task.rule, {.at = clock_.now(), .seconds = took.count(), .problem = problem});
  if (problem == task.problem) return;
  if (!done) log::warning("rule.failed", problem, {{"rule", task.rule.name}});
  if (done) log::info("rule.recovered", "it is evaluated again", {{"rule", task.rule.name}});
  task.problem = problem;
}

void PromqlRules::start() {
  anomalies_.start();
  for (int i = 0; i < kEvaluators; ++i) threads_.emplace_back([this] { work(); });
  threads_.emplace_back([this] { keep_filled(); });
}

void PromqlRules::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, task] : tasks_) {
      if (task->budget) task->budget->cancel();
    }
  }
  wake_.notify_all();
  fill_.notify_all();
  head_.stop_reading();
  anomalies_.stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace monitron::notifier
