// Faults that stories must notice: put around some functions by the linker (--wrap, see
// CMakeLists.txt), chosen by FAULT:
//   ack-before-commit  says that a message is done with before anything of it is stored
//   mark-before-send   lets messages be marked as sent before they are
//   forgets            knows nothing of what was decided before it began to decide
//   own-label          has a label of its own on what it tells Alertmanager, as its peers have
//   others (none)             as it should be

#include "alertmanager/cover.hpp"
#include "mq/publisher.hpp"
#include "notifier/mailer.hpp"
#include "store/alerts.hpp"

#include <cstdlib>
#include <string_view>
#include <thread>
#include <unistd.h>

using namespace monitron;

using Messages = std::vector<contracts::Message>;
using Confirmed = std::vector<Result<void>>;

namespace {

bool has_fault(std::string_view name) {
  const char* fault = std::getenv("FAULT");
  return fault != nullptr && fault == name;
}

// What really is to be done comes a moment after it was told to be done.
template <class Work>
Result<void> later(Work work) {
  std::thread([work = std::move(work)] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    (void)work();
  }).detach();
  return {};
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names.
extern "C" {
Result<void> real_take_alert(notifier::Mailer* mailer,
                             const mq::Delivery& delivery) __asm__("__real_" MONITRON_TAKE_ALERT);
Result<void> take_alert(notifier::Mailer* mailer,
                        const mq::Delivery& delivery) __asm__("__wrap_" MONITRON_TAKE_ALERT);
Confirmed real_publish(mq::Publisher* publisher,
                       Messages messages) __asm__("__real_" MONITRON_PUBLISH);
Confirmed publish(mq::Publisher* publisher, Messages messages) __asm__("__wrap_" MONITRON_PUBLISH);
std::vector<store::Alert> real_all_alerts(pqxx::work& tx) __asm__("__real_" MONITRON_ALL_ALERTS);
std::vector<store::Alert> all_alerts(pqxx::work& tx) __asm__("__wrap_" MONITRON_ALL_ALERTS);
alertmanager::Labels real_labels_told(
    const alertmanager::Labels& labels, const std::string& rule,
    const std::string& severity) __asm__("__real_" MONITRON_LABELS_TOLD);
alertmanager::Labels labels_told(
    const alertmanager::Labels& labels, const std::string& rule,
    const std::string& severity) __asm__("__wrap_" MONITRON_LABELS_TOLD);

Result<void> take_alert(notifier::Mailer* mailer, const mq::Delivery& delivery) {
  if (!has_fault("ack-before-commit")) return real_take_alert(mailer, delivery);
  return later([mailer, delivery] { return real_take_alert(mailer, delivery); });
}

// The linker puts this around calls within publisher.cpp, too, where the compiler has seen that the
// function leaves the vector it is given as it is: so it is copied, not moved from.
// NOLINTNEXTLINE(performance-unnecessary-value-param): as the function it stands for.
Confirmed publish(mq::Publisher* publisher, Messages messages) {
  if (!has_fault("mark-before-send")) return real_publish(publisher, messages);
  Confirmed as_if(messages.size());
  (void)later([publisher, messages] { return real_publish(publisher, messages); });
  return as_if;
}

std::vector<store::Alert> all_alerts(pqxx::work& tx) {
  if (!has_fault("forgets")) return real_all_alerts(tx);
  return {};
}

alertmanager::Labels labels_told(const alertmanager::Labels& labels, const std::string& rule,
                                 const std::string& severity) {
  auto told = real_labels_told(labels, rule, severity);
  if (has_fault("own-label")) told["replica"] = std::to_string(getpid());
  return told;
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
