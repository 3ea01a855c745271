#pragma once
// What is silenced now, for the alerts and incidents of one answer: read once. It is what the
// notifier knows, so that nobody waits for Alertmanager; while that is away, what it silenced holds
// until its end.

#include "alertmanager/cover.hpp"
#include "api/answer.hpp"
#include "store/tx.hpp"

namespace monitron::api {

class SilencedNow {
 public:
  SilencedNow(pqxx::work& tx, Instant now);

  bool any() const { return !cover_.empty(); }
  // Whether one is about what has these labels, of a rule of this name and severity.
  bool covers(const alertmanager::Labels& labels, const std::string& rule,
              const std::string& severity) const;
  // Gives an alert or an incident, as it is shown, its `silenced_by`: null, or {id, created_by,
  // ends_at, comment}. What is resolved has none.
  void mark(Json& shown) const;

 private:
  Instant now_;
  alertmanager::Cover cover_;
};

}  // namespace monitron::api
