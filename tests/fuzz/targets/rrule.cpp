// Recurrence rules, as users write them: a digit chooses the zone, a line is the start.

#include "domain/rrule.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(rrule) {
  using namespace monitron;
  constexpr std::string_view kZones[] = {"UTC", "Europe/Berlin", "Australia/Lord_Howe",
                                         "Pacific/Apia"};
  fuzz::Input input(bytes);
  const std::string zone(kZones[input.choose(4)]);
  const auto start = input.line();
  const auto rule = domain::RRule::parse(input.rest(), start, zone);
  if (!rule) return fuzz::must(!rule.error().text.empty(), "no reason is given");
  auto from = from_ms(0);
  for (int i = 0; i < 4; ++i) {
    const auto next = rule->next(from);
    if (!next) return fuzz::must(i > 0, "it never comes");
    fuzz::must(*next >= from, "it comes before its time");
    fuzz::must(rule->latest(*next, *next) == next, "it is not found again");
    from = *next + std::chrono::milliseconds(1);
  }
}
