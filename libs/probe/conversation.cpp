#include "probe/conversation.hpp"

namespace monitron::probe {

using domain::CheckStatus;

void Conversation::received(std::string_view bytes) {
  inbox_ += bytes;
  std::size_t used = 0;
  const auto goes_on = [&] { return !step_.verdict && !step_.dial && !step_.secure; };
  while (goes_on() && used < inbox_.size()) {
    const std::size_t size = read(std::string_view(inbox_).substr(used));
    if (size == 0) break;
    used += size;
  }
  inbox_.erase(0, step_.dial ? inbox_.size() : used);
  // What came before the encryption could be anybody's.
  if (step_.secure && !inbox_.empty()) end_as_strange();
  if (goes_on() && inbox_.size() > message_limit_) end_as_strange();
}

void Conversation::secured(const std::string& complaint) {
  if (!complaint.empty()) end(CheckStatus::down, complaint);
}

void Conversation::closed(const std::string& how) {
  end(CheckStatus::down, stage_ + ": connection closed" + (how.empty() ? "" : ": " + how));
}

void Conversation::detail(const std::string& name, std::string_view text) {
  step_.details[name] = text.substr(0, kServiceTextBytes);
}

void Conversation::end(CheckStatus status, std::string reason) {
  if (step_.verdict) return;
  step_.verdict = status;
  step_.reason = std::move(reason);
}

std::size_t Conversation::end_as_strange() {
  end(CheckStatus::down, stage_ + ": the answer is not one of such a service");
  return 0;
}

}  // namespace monitron::probe
