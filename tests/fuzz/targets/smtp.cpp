// Mail servers, with and without STARTTLS.

#include "talk.hpp"

MONITRON_FUZZ(smtp) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::SmtpSettings settings;
  settings.starttls = input.flag();
  fuzz::talk_with(fuzz::check_with(settings), input);
}
