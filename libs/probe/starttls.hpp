#pragma once
// The plain words of a protocol before TLS begins, and those that end the session in peace. Pure:
// bytes in, bytes out.

#include <memory>
#include <string>
#include <string_view>

namespace monitron::probe {

class StartTls {
 public:
  struct Step {
    std::string to_send{};
    bool done = false;      // TLS may begin; of leave(): the connection may be closed
    std::string refusal{};  // not empty: it will not come to TLS
  };

  // One of domain::kStartTls; null for "none" and unknown ones.
  static std::unique_ptr<StartTls> of(std::string_view protocol);
  virtual ~StartTls() = default;

  virtual Step begin() = 0;
  virtual Step take(std::string_view bytes) = 0;

  // Inside TLS: what a server wants to hear before the end, so that it counts no broken visit.
  virtual Step leave() { return {{}, true, {}}; }
  virtual Step take_leave(std::string_view) { return {{}, true, {}}; }
};

// Of starttls.cpp's factory, in starttls_binary.cpp.
std::unique_ptr<StartTls> ldap_starttls();
std::unique_ptr<StartTls> postgresql_starttls();
std::unique_ptr<StartTls> mysql_starttls();

}  // namespace monitron::probe
