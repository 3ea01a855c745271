#include "api/silenced_now.hpp"

#include "alertmanager/read.hpp"
#include "store/silenced.hpp"

namespace monitron::api {

SilencedNow::SilencedNow(pqxx::work& tx, Instant now) : now_(now) {
  auto known = alertmanager::read_silences(store::known_silences(tx));
  if (known) cover_ = alertmanager::Cover(std::move(*known));
}

bool SilencedNow::covers(const alertmanager::Labels& labels, const std::string& rule,
                         const std::string& severity) const {
  return cover_.over(alertmanager::labels_told(labels, rule, severity), now_) != nullptr;
}

void SilencedNow::mark(Json& shown) const {
  auto& by = shown["silenced_by"] = nullptr;
  if (cover_.empty() || shown["state"] == "resolved") return;
  const auto labels = alertmanager::labels_told(shown["labels"].get<alertmanager::Labels>(),
                                                shown["rule_name"].get<std::string>(),
                                                shown["severity"].get<std::string>());
  const auto* silence = cover_.over(labels, now_);
  if (silence == nullptr) return;
  by = {{"id", silence->id},
        {"created_by", silence->created_by},
        {"ends_at", to_rfc3339(silence->ends_at)},
        {"comment", silence->comment}};
}

}  // namespace monitron::api
