#include "alertmanager/cover.hpp"

#include "base/label_name.hpp"

#include <algorithm>

namespace monitron::alertmanager {

Labels labels_told(const Labels& labels, const std::string& rule, const std::string& severity) {
  auto told = with_plain_names(labels);
  told["alertname"] = rule;
  told["severity"] = severity;
  return told;
}

Cover::Cover(std::vector<Silence> silences) {
  for (auto& silence : silences) {
    if (silence.state == "expired" || silence.matchers.empty()) continue;
    One one;
    for (const auto& matcher : silence.matchers) {
      auto made = promql::Matcher::make(promql::match_kind(matcher.regex, matcher.equal),
                                        matcher.name, matcher.value);
      if (made) one.matchers.push_back(std::move(*made));
    }
    // What cannot be understood whole would silence more than it says.
    if (one.matchers.size() != silence.matchers.size()) continue;
    one.silence = std::move(silence);
    silences_.push_back(std::move(one));
  }
}

const Silence* Cover::over(const Labels& labels, Instant now) const {
  const auto matches = [&](const promql::Matcher& matcher) {
    const auto label = labels.find(matcher.name());
    return matcher.matches(label == labels.end() ? "" : label->second);
  };
  const Silence* found = nullptr;
  for (const auto& [silence, matchers] : silences_) {
    if (silence.starts_at > now || silence.ends_at <= now) continue;
    if (found != nullptr && found->ends_at >= silence.ends_at) continue;
    if (std::all_of(matchers.begin(), matchers.end(), matches)) found = &silence;
  }
  return found;
}

}  // namespace monitron::alertmanager
