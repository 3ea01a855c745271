// Servers of Redis, with and without a login.

#include "probe/redis_replies.hpp"
#include "talk.hpp"

MONITRON_FUZZ(redis) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::RedisSettings settings;
  if (input.flag()) settings.password.text = "pencil";
  (void)probe::redis::field_of(input.rest(), "role");
  fuzz::talk_with(fuzz::check_with(settings), input);
}
