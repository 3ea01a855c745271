#pragma once
// The API of Alertmanager (version 2, since 0.16) at one peer. Calls block, at most for the time
// given; answers are bounded. Threads: any.
//
// Faults: invalid (what was sent is not acceptable: 400, 413, 422), not_found, denied (401, 403),
// unavailable (no connection, TLS, 5xx, 410 and all else), timeout. No text names a secret.

#include "alertmanager/peer.hpp"
#include "base/clock.hpp"

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace monitron::alertmanager {

using Labels = std::map<std::string, std::string>;

// As it is told. Alertmanager knows an alert by its labels alone.
struct Alert {
  Labels labels{};
  Labels annotations{};
  Instant starts_at{};
  Instant ends_at{};  // in the past: it is resolved
  std::string generator_url{};
  bool operator==(const Alert&) const = default;
};

// As it is kept there.
struct KnownAlert {
  std::string fingerprint{};
  Labels labels{};
  Labels annotations{};
  std::string state{};                      // unprocessed, active or suppressed
  std::vector<std::string> silenced_by{};   // ids of silences
  std::vector<std::string> inhibited_by{};  // fingerprints of alerts
};

struct Matcher {
  std::string name{};
  std::string value{};
  bool regex = false;
  bool equal = true;
  auto operator<=>(const Matcher&) const = default;
};

struct Silence {
  std::string id{};  // empty: of a new one
  std::vector<Matcher> matchers{};
  Instant starts_at{};
  Instant ends_at{};
  std::string created_by{};
  std::string comment{};
  std::string state{};  // active, pending or expired; set by Alertmanager
  bool operator==(const Silence&) const = default;
};

// What a peer counts of one integration (slack, email …) since it was started.
struct SendCounts {
  double tried = 0;
  double failed = 0;  // given up, after all attempts
  bool operator==(const SendCounts&) const = default;
};
using SendCountsByIntegration = std::map<std::string, SendCounts>;

// The body of POST /api/v2/alerts.
std::string body_of(std::span<const Alert> alerts);
// Silences as they are listed there, which read_silences reads.
std::string text_of(std::span<const Silence> silences);

class Client {
 public:
  Client(Peer peer, Credentials credentials,
         std::chrono::milliseconds timeout = std::chrono::seconds(5));

  const std::string& url() const { return peer_.url; }
  std::string name() const { return name_of(peer_.url); }

  Result<void> post(std::span<const Alert> alerts) const;
  Result<std::vector<KnownAlert>> alerts() const;
  Result<std::vector<Silence>> silences() const;
  // The new one's id, by which it is known to all peers of its cluster.
  Result<std::string> add_silence(const Silence& silence) const;
  Result<void> expire_silence(const std::string& id) const;
  // Whether it shares silences with other peers.
  Result<bool> clustered() const;
  // Of its /metrics, which is no part of the API: whether what it notified receivers of was sent.
  // Empty: it counts that under no name that is known.
  Result<SendCountsByIntegration> sends() const;

 private:
  enum class How { get, post, remove };
  Result<std::string> ask(How how, const std::string& path, std::string body = {}) const;

  Peer peer_;
  Credentials credentials_;
  std::chrono::milliseconds timeout_;
};

}  // namespace monitron::alertmanager
