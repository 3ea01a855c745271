#pragma once
// Whether an alert is silenced, decided as Alertmanager does. Threads: any, once it is made.

#include "alertmanager/client.hpp"
#include "promql/matcher.hpp"

#include <vector>

namespace monitron::alertmanager {

// By which an alert is known, routed and silenced: plain names, its rule's name and its severity.
Labels labels_told(const Labels& labels, const std::string& rule, const std::string& severity);

class Cover {
 public:
  Cover() = default;
  // Those that are expired, or cannot be understood whole, cover nothing.
  explicit Cover(std::vector<Silence> silences);

  bool empty() const { return silences_.empty(); }
  // What silences, at this time, that which has these labels (as they are told), of several the one
  // that ends last; null: nothing. It lives as long as this does.
  const Silence* over(const Labels& labels, Instant now) const;

 private:
  struct One {
    Silence silence;
    std::vector<promql::Matcher> matchers;
  };
  std::vector<One> silences_;
};

}  // namespace monitron::alertmanager
