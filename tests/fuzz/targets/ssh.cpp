// Servers of SSH.

#include "talk.hpp"

MONITRON_FUZZ(ssh) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::SshSettings settings;
  if (input.flag()) settings.expected_banner = "OpenSSH_[0-9]";
  fuzz::talk_with(fuzz::check_with(settings), input);
}
