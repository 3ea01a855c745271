#pragma once
// What the public sees of a status page: values of its own, made of nothing but what the page's
// authors wrote for it and of counts. No name, label, address or text of what is watched has a
// place in them. What is unknown is neither up nor down.

#include "api/status_pages.hpp"

namespace monitron::api {

enum class PublicState {
  operational,
  degraded,
  maintenance,
  partial_outage,
  major_outage,
  unknown
};
std::string_view to_string(PublicState state);

// The checks of a component, as they stand.
struct StandingCounts {
  int up = 0;
  int warning = 0;  // of those that are up
  int down = 0;
  int unknown = 0;
  int maintenance = 0;  // none of the others
};
// Down in part or as a whole counts most; then what nobody can tell; then that it is worked on.
// Nothing at all: unknown.
PublicState state_of(const StandingCounts& counts);
// Of a page: all of it out is a major outage, a part of it a partial one.
PublicState state_of(const std::vector<PublicState>& components);

// A day (UTC) of results, of how many; none: nothing is known of it.
struct PublicDay {
  std::string date{};
  double up = 0;
  double results = 0;
};
struct PublicComponent {
  std::string id{};
  std::string name{};
  std::string description{};
  PublicState state = PublicState::unknown;
  std::vector<PublicDay> days{};  // the oldest first, today last
};
struct PublicSection {
  std::string name{};
  std::vector<PublicComponent> components{};
};
struct PublicUpdate {
  Instant at{};
  std::string state{};
  std::string text{};
};
struct PublicPost {
  std::string id{};
  std::string kind{};
  std::string title{};
  std::string state{};
  std::vector<std::string> components{};
  std::optional<Instant> starts_at{};
  std::optional<Instant> ends_at{};
  Instant created_at{};
  std::vector<PublicUpdate> updates{};  // the latest first
};
struct PublicStatus {
  std::string slug{};
  std::string title{};
  std::string description{};
  PublicState state = PublicState::unknown;
  std::vector<PublicSection> sections{};
  std::vector<PublicPost> posts{};
  Instant at{};  // when all of this was so
};
Json to_json(const PublicStatus& status);
// "status | operational", drawn; `label`: what stands before.
std::string badge_of(const std::string& label, PublicState state);

}  // namespace monitron::api
