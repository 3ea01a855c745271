// Servers of MongoDB, with and without a login, and documents of theirs.

#include "probe/mongodb_messages.hpp"
#include "talk.hpp"

MONITRON_FUZZ(mongodb) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::MongodbSettings settings;
  if (input.flag()) settings.expected_replica_set = "rs0";
  if (const auto fields = probe::mongodb::read_document(input.rest())) {
    fuzz::must(fields->size() <= input.rest().size() / 2, "more members than bytes");
    (void)probe::mongodb::number_of(*fields, "ok");
    (void)probe::mongodb::text_of(*fields, "setName");
  }
  fuzz::talk_with(fuzz::check_with(settings), input);
  settings.username = "ada";
  fuzz::talk_with(fuzz::check_with(settings), input);
}
