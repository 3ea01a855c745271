#include "alertmanager/silences.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <set>
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

const std::string kCluster = "cluster";

using Copy = WantedSilence::Copy;

std::string key_of(const Client& peer, const PeerAnswer& answer) {
  return answer.clustered ? kCluster : peer.url();
}

Silence ordered(Silence silence) {
  std::sort(silence.matchers.begin(), silence.matchers.end());
  return silence;
}

const Silence* with_id(const std::vector<Silence>& silences, const std::string& id) {
  const auto found = std::find_if(silences.begin(), silences.end(),
                                  [&](const Silence& one) { return one.id == id; });
  return found == silences.end() ? nullptr : &*found;
}

// As this peer takes it: without new id where that can be.
Silence as_told(const Silence& wanted, const Silence* there) {
  auto told = wanted;
  told.id.clear();
  if (there == nullptr || there->state == "expired") return told;
  told.id = there->id;
  const auto now = system_clock().now();
  if (there->state == "active" && wanted.starts_at <= now) told.starts_at = there->starts_at;
  // In its order: another one would be another silence.
  if (ordered(*there).matchers == ordered(wanted).matchers) told.matchers = there->matchers;
  return told;
}

// All that says the same, too: it may have been made twice while peers did not see each other.
Result<void> end_at(const Client& peer, const std::vector<Silence>& known,
                    const WantedSilence& wanted, const Copy& copy) {
  for (const auto& one : known) {
    const bool meant = one.id == copy.id || same(ordered(one), ordered(wanted.silence));
    if (one.state == "expired" || !meant) continue;
    if (auto done = peer.expire_silence(one.id); !done) return done;
  }
  return {};
}

// What is to be done at one peer, or cluster, that answers; and how it stands there then.
Result<Copy> settled_at(const Client& peer, const std::vector<Silence>& known,
                        const WantedSilence& wanted, const Copy& copy) {
  auto after = copy;
  after.version = wanted.version;
  if (wanted.ended) {
    if (copy.version == wanted.version) return copy;
    return end_at(peer, known, wanted, copy).map([&] { return after; });
  }
  const auto* there = with_id(known, copy.id);
  const bool goes_on = there != nullptr && there->state != "expired";
  if (copy.version == wanted.version) {
    after.over = copy.over || (there != nullptr && !goes_on);
    if (after.over || goes_on) return after;
  }
  auto id = peer.add_silence(as_told(wanted.silence, there));
  if (!id) return fail(id.error());
  return Copy{std::move(*id), wanted.version, false};
}

// What is known where `key` is: of a cluster, what any of its peers knows. One that was just
// started has not heard of all of them yet.
std::vector<Silence> known_at(const std::vector<Client>& peers,
                              const std::vector<PeerAnswer>& answers, const std::string& key) {
  std::vector<Silence> known;
  for (std::size_t at = 0; at < peers.size(); ++at) {
    if (!answers[at].silences || key_of(peers[at], answers[at]) != key) continue;
    known.insert(known.end(), answers[at].silences->begin(), answers[at].silences->end());
  }
  return known;
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

Result<std::vector<Silence>> all_of(const std::vector<PeerAnswer>& answers) {
  std::vector<Silence> all;
  bool answered = false;
  for (const auto& answer : answers) {
    if (!answer.silences) continue;
    answered = true;
    all.insert(all.end(), answer.silences->begin(), answer.silences->end());
  }
  if (!answered && !answers.empty()) return fail(answers.front().silences.error());
  return merged(std::move(all));
}

std::optional<WantedSilence> found(const std::vector<Client>& peers,
                                   const std::vector<PeerAnswer>& answers, const std::string& id) {
  WantedSilence wanted;
  const auto each = [&](auto look) {
    for (std::size_t at = 0; at < peers.size(); ++at) {
      if (!answers[at].silences) continue;
      for (const auto& silence : *answers[at].silences) {
        look(ordered(silence), key_of(peers[at], answers[at]));
      }
    }
  };
  each([&](const Silence& silence, const std::string&) {
    if (silence.id == id && wanted.silence.id.empty()) wanted.silence = silence;
  });
  if (wanted.silence.id.empty()) return std::nullopt;
  each([&](const Silence& silence, const std::string& key) {
    if (same(wanted.silence, silence)) {
      wanted.copies.try_emplace(key, Copy{silence.id, wanted.version, false});
    }
  });
  return wanted;
}

std::optional<std::string> told_already(const std::vector<PeerAnswer>& answers,
                                        const Silence& wanted, Instant now) {
  const auto sought = ordered(wanted);
  const auto begun = std::max(wanted.starts_at, now);
  for (const auto& answer : answers) {
    if (!answer.silences) continue;
    for (const auto& there : *answer.silences) {
      if (same(ordered(there), sought) && there.starts_at <= begun) return there.id;
    }
  }
  return std::nullopt;
}

std::vector<PeerAnswer> Silences::ask() const {
  std::vector<std::future<PeerAnswer>> open;
  open.reserve(peers_.size());
  for (const auto& peer : peers_) {
    open.push_back(std::async(std::launch::async, [&peer] {
      PeerAnswer answer{peer.silences()};
      if (!answer.silences) return answer;
      const auto clustered = peer.clustered();
      if (!clustered) answer.silences = fail(clustered.error());
      answer.clustered = clustered.value_or(false);
      return answer;
    }));
  }
  std::vector<PeerAnswer> answers;
  answers.reserve(open.size());
  for (auto& one : open) answers.push_back(one.get());
  return answers;
}

Silences::Settled Silences::settle(const WantedSilence& wanted,
                                   const std::vector<PeerAnswer>& answers) const {
  Settled settled;
  std::set<std::string> done;
  std::vector<std::string> away;
  const auto trouble = [&](const Error& error) {
    if (!settled.trouble) settled.trouble = error;
  };
  for (std::size_t at = 0; at < peers_.size(); ++at) {
    if (!answers[at].silences) {
      away.push_back(peers_[at].name());
      trouble(answers[at].silences.error());
      continue;
    }
    const auto key = key_of(peers_[at], answers[at]);
    if (done.contains(key)) continue;
    const auto copy = wanted.copies.find(key);
    const auto before = copy == wanted.copies.end() ? Copy() : copy->second;
    const auto after = settled_at(peers_[at], known_at(peers_, answers, key), wanted, before);
    if (!after) {
      settled.missed.push_back(peers_[at].name());
      trouble(after.error());
      if (after.error().fault == Fault::invalid) break;
      continue;
    }
    done.insert(key);
    if (settled.id.empty()) settled.id = after->id;
    if (*after != before) settled.told[key] = *after;
  }
  // Those of a cluster are told by the others.
  if (!done.contains(kCluster)) {
    settled.missed.insert(settled.missed.end(), away.begin(), away.end());
  }
  return settled;
}

}  // namespace monitron::alertmanager
