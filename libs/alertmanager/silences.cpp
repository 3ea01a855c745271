#include "alertmanager/silences.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <tuple>

namespace monitron::alertmanager {
namespace {

int rank(const Silence& silence) {
  if (silence.state == "active") return 0;
  return silence.state == "pending" ? 1 : 2;
}

bool same(const Silence& a, const Silence& b) {
  if (a.id == b.id) return true;
  // The expired one of another time may say the same.
  return a.state != "expired" && b.state != "expired" && a.matchers == b.matchers &&
         a.ends_at == b.ends_at && a.created_by == b.created_by && a.comment == b.comment;
}

// What each peer answers, in their order.
template <class Ask>
auto ask_all(const std::vector<Client>& peers, Ask ask) {
  using Answer = decltype(ask(peers.front()));
  std::vector<std::future<Answer>> open;
  open.reserve(peers.size());
  for (const auto& peer : peers) {
    open.push_back(std::async(std::launch::async, [&ask, &peer] { return ask(peer); }));
  }
  std::vector<Answer> answers;
  answers.reserve(open.size());
  for (auto& one : open) answers.push_back(one.get());
  return answers;
}

}  // namespace

std::vector<Silence> merged(std::vector<Silence> silences) {
  for (auto& silence : silences) std::sort(silence.matchers.begin(), silence.matchers.end());
  std::stable_sort(silences.begin(), silences.end(), [](const auto& a, const auto& b) {
    return std::tuple(rank(a), b.ends_at) < std::tuple(rank(b), a.ends_at);
  });
  std::vector<Silence> one_each;
  for (auto& silence : silences) {
    // Copies end together: those that end later need not be looked at.
    const auto first = std::find_if(one_each.rbegin(), one_each.rend(), [&](const Silence& other) {
      return same(other, silence) || rank(other) != rank(silence) ||
             other.ends_at != silence.ends_at;
    });
    if (first != one_each.rend() && same(*first, silence)) continue;
    one_each.push_back(std::move(silence));
  }
  return one_each;
}

Result<std::vector<Silence>> Silences::list() const {
  auto answers = ask_all(peers_, [](const Client& peer) { return peer.silences(); });
  std::vector<Silence> all;
  bool answered = false;
  for (auto& answer : answers) {
    if (!answer) continue;
    answered = true;
    all.insert(all.end(), answer->begin(), answer->end());
  }
  if (!answered && !answers.empty()) return fail(answers.front().error());
  return merged(std::move(all));
}

Result<std::string> Silences::add(const Silence& silence) const {
  const auto clustered = ask_all(peers_, [](const Client& peer) { return peer.clustered(); });
  std::optional<std::string> id;
  std::optional<Error> trouble;
  bool cluster_knows = false;
  for (std::size_t at = 0; at < peers_.size(); ++at) {
    if (!clustered[at]) {
      if (!trouble) trouble = clustered[at].error();
      continue;
    }
    if (*clustered[at] && cluster_knows) continue;
    const auto added = peers_[at].add_silence(silence);
    // What one peer does not accept, no other does.
    if (!added && added.error().fault == Fault::invalid) return added;
    if (!added && !trouble) trouble = added.error();
    if (!added) continue;
    cluster_knows = cluster_knows || *clustered[at];
    if (!id) id = *added;
  }
  if (id) return *id;
  return fail(trouble.value_or(Error{Fault::unavailable, "there is no peer"}));
}

Result<void> Silences::expire(const std::string& id) const {
  auto known = ask_all(peers_, [](const Client& peer) { return peer.silences(); });
  std::optional<Silence> wanted;
  std::optional<Error> trouble;
  for (auto& answer : known) {
    if (!answer) {
      if (!trouble) trouble = answer.error();
      continue;
    }
    for (auto& silence : *answer) {
      std::sort(silence.matchers.begin(), silence.matchers.end());
      if (silence.id == id && !wanted) wanted = silence;
    }
  }
  if (!wanted) {
    return fail(trouble.value_or(Error{Fault::not_found, "there is no such silence"}));
  }
  bool ended = wanted->state == "expired";
  for (std::size_t at = 0; at < peers_.size(); ++at) {
    if (!known[at]) continue;
    for (const auto& silence : *known[at]) {
      if (silence.state == "expired" || !same(*wanted, silence)) continue;
      const auto done = peers_[at].expire_silence(silence.id);
      ended = ended || done;
      if (!done && !trouble) trouble = done.error();
    }
  }
  if (ended) return {};
  return fail(trouble.value_or(Error{Fault::not_found, "there is no such silence"}));
}

}  // namespace monitron::alertmanager
