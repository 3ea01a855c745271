#pragma once
// Sends letters by SMTP (RFC 5321) over libcurl. Threads: any; a call blocks, so never on a loop.

#include "mail/letter.hpp"

#include <chrono>

namespace monitron::mail {

enum class Encryption {
  none,      // for a relay on this machine
  starttls,  // required: without it nothing is sent
  tls,       // from the first byte
};

struct Server {
  std::string host;
  int port = 587;
  Encryption encryption = Encryption::starttls;
  std::string ca_file{};  // empty: the system's
  std::string user{};     // empty: no AUTH
  std::string password{};
  // For all of it. Servers take their time over the last dot, and a letter given up there would
  // arrive twice; so long one that is slow holds up others.
  std::chrono::milliseconds timeout{60'000};
};

// Faults: unavailable or timeout when trying later may help (4xx, no connection, no TLS, AUTH
// refused or missing); invalid when the server refuses this letter for good (5xx).
Result<void> send(const Server& server, const Letter& letter);

}  // namespace monitron::mail
