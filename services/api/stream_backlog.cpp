#include "api/stream_backlog.hpp"

namespace monitron::api {

bool StreamBacklog::add(const LiveEvent& event) {
  if (event.id.empty()) return true;
  if (!number_.emplace(event.id, forgotten_ + kept_.size()).second) return false;
  Kept kept{event, event.labels == nullptr ? domain::LabelSet{} : *event.labels, event.text()};
  kept.event.text = {};
  bytes_ += kept.size();
  kept_.push_back(std::move(kept));
  while (kept_.size() > most_events_ || (bytes_ > most_bytes_ && kept_.size() > 1)) {
    bytes_ -= kept_.front().size();
    number_.erase(kept_.front().event.id);
    kept_.pop_front();
    ++forgotten_;
  }
  return true;
}

void StreamBacklog::clear() {
  forgotten_ += kept_.size();
  kept_.clear();
  number_.clear();
  bytes_ = 0;
}

std::optional<std::vector<LiveEvent>> StreamBacklog::after(const std::string& id) const {
  const auto found = number_.find(id);
  if (found == number_.end()) return std::nullopt;
  std::vector<LiveEvent> events;
  for (auto i = static_cast<std::size_t>(found->second - forgotten_) + 1; i < kept_.size(); ++i) {
    const auto& kept = kept_[i];
    events.push_back(kept.event);
    events.back().labels = &kept.labels;
    events.back().text = [&kept]() -> const std::string& { return kept.text; };
  }
  return events;
}

}  // namespace monitron::api
