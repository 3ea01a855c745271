// Cron expressions, as users write them: the zone and the moment are chosen by two digits.

#include "domain/cron.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(cron) {
  using namespace monitron;
  constexpr std::string_view kZones[] = {"UTC", "Europe/Berlin", "Australia/Lord_Howe",
                                         "America/St_Johns"};
  constexpr std::int64_t kSeconds[] = {0, 1'711'846'799, 1'729'990'800, 4'102'444'799};
  fuzz::Input input(bytes);
  const std::string zone(kZones[input.choose(4)]);
  Instant at = from_ms(kSeconds[input.choose(4)] * 1000 + 7);
  const auto cron = domain::Cron::parse(input.rest());
  if (!cron) return;
  for (int i = 0; i < 3; ++i) {
    const auto next = cron->next(at, zone);
    fuzz::must(next.has_value(), "it never comes");
    fuzz::must(*next > at, "it comes before its time");
    fuzz::must(to_ms(*next) % 60'000 == 0, "not at a minute");
    at = *next;
  }
}
