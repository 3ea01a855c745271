#pragma once
// `monitron incidents …` and `monitron explain`: what is open, what is done about it, and why
// somebody was paged or not. What others wrote never steers the terminal.

#include "cli/commands.hpp"

namespace monitron::cli {

struct IncidentAsked {
  std::string id{};
  std::string state{};     // list: open, acknowledged, resolved; empty: what is not resolved
  std::string severity{};  // list
  std::string label{};     // list: name:value
  std::string since{};     // list: RFC 3339 or how long ago; resolved ones: 7d unless given
  std::string text{};      // of a note; the comment of an acknowledgement
  std::string until{};     // ack: RFC 3339 or for how long; empty: it does not end by itself
  bool sticky = false;     // ack
  std::string who{};       // assign: me, nobody, an e-mail address or an id
  bool check = false;      // explain: the id is that of a check, or its name
};

// `command`: list, show, ack, unack, assign or note. A list is well when nothing on it is
// unresolved, what else was done is well.
Result<Shown> run_incidents(Api& api, const std::string& command, const IncidentAsked& asked,
                            Output output);
Result<Shown> show_explanation(Api& api, const IncidentAsked& asked, Output output);

}  // namespace monitron::cli
