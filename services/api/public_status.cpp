#include "api/public_status.hpp"

#include "api/resource.hpp"

#include <array>

namespace monitron::api {
namespace {

Json uptime_of(double up, double results) {
  return results > 0 ? Json(up / results) : Json(nullptr);
}

Json show(const PublicComponent& component) {
  double up = 0, results = 0;
  Json days = Json::array();
  for (const auto& day : component.days) {
    up += day.up;
    results += day.results;
    days.push_back({{"date", day.date}, {"uptime", uptime_of(day.up, day.results)}});
  }
  return {{"id", component.id},
          {"name", component.name},
          {"description", component.description},
          {"state", to_string(component.state)},
          {"uptime", uptime_of(up, results)},
          {"days", std::move(days)}};
}

Json show(const PublicPost& post) {
  Json updates = Json::array();
  for (const auto& one : post.updates) {
    updates.push_back({{"at", to_rfc3339(one.at)}, {"state", one.state}, {"text", one.text}});
  }
  return {{"id", post.id},
          {"kind", post.kind},
          {"title", post.title},
          {"state", post.state},
          {"components", post.components},
          {"starts_at", time_or_null(post.starts_at)},
          {"ends_at", time_or_null(post.ends_at)},
          {"created_at", to_rfc3339(post.created_at)},
          {"updates", std::move(updates)}};
}

constexpr std::array kNames = {"operational",    "degraded",     "maintenance",
                               "partial_outage", "major_outage", "unknown"};
constexpr std::array kColours = {"#1a7f37", "#9a6700", "#0969da", "#bc4c00", "#cf222e", "#6e7781"};
constexpr std::array kWords = {"operational",    "degraded",     "maintenance",
                               "partial outage", "major outage", "unknown"};

std::string xml_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= ' ') safe += c;
    }
  }
  return safe;
}

// Letters of 11 px are about 6.5 px wide; the renderer fits them in.
int width_of(const std::string& text) {
  const auto characters =
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return static_cast<int>(characters) * 13 / 2 + 12;
}

}  // namespace

std::string_view to_string(PublicState state) { return kNames.at(static_cast<std::size_t>(state)); }

PublicState state_of(const StandingCounts& counts) {
  if (counts.down > 0) {
    return counts.up + counts.unknown > 0 ? PublicState::partial_outage : PublicState::major_outage;
  }
  if (counts.unknown > 0) return PublicState::unknown;
  if (counts.warning > 0) return PublicState::degraded;
  if (counts.maintenance > 0) return PublicState::maintenance;
  return counts.up > 0 ? PublicState::operational : PublicState::unknown;
}

PublicState state_of(const std::vector<PublicState>& components) {
  const auto all = components.size();
  const auto number = [&](PublicState state) {
    return static_cast<std::size_t>(std::count(components.begin(), components.end(), state));
  };
  if (all == 0) return PublicState::unknown;
  if (number(PublicState::major_outage) == all) return PublicState::major_outage;
  if (number(PublicState::major_outage) + number(PublicState::partial_outage) > 0) {
    return PublicState::partial_outage;
  }
  for (const auto state : {PublicState::unknown, PublicState::degraded, PublicState::maintenance}) {
    if (number(state) > 0) return state;
  }
  return PublicState::operational;
}

Json to_json(const PublicStatus& status) {
  Json sections = Json::array(), posts = Json::array();
  for (const auto& section : status.sections) {
    Json components = Json::array();
    for (const auto& one : section.components) components.push_back(show(one));
    sections.push_back({{"name", section.name}, {"components", std::move(components)}});
  }
  for (const auto& post : status.posts) posts.push_back(show(post));
  return {{"slug", status.slug},
          {"title", status.title},
          {"description", status.description},
          {"state", to_string(status.state)},
          {"sections", std::move(sections)},
          {"posts", std::move(posts)},
          {"at", to_rfc3339(status.at)}};
}

std::string badge_of(const std::string& label, PublicState state) {
  const std::string words = kWords.at(static_cast<std::size_t>(state));
  const int left = width_of(label), right = width_of(words);
  const auto text = [](int from, int width, const std::string& words_of) {
    return "<text x=\"" + std::to_string(from + width / 2) + "\" y=\"14\" textLength=\"" +
           std::to_string(width - 12) + "\" lengthAdjust=\"spacingAndGlyphs\">" +
           xml_text(words_of) + "</text>";
  };
  const auto named = xml_text(label) + ": " + words;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(left + right) +
         "\" height=\"20\" role=\"img\" aria-label=\"" + named + "\"><title>" + named +
         "</title><rect rx=\"3\" width=\"" + std::to_string(left + right) +
         "\" height=\"20\" fill=\"#444\"/><path d=\"M" + std::to_string(left) + " 0h" +
         std::to_string(right - 3) + "a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H" + std::to_string(left) +
         "z\" fill=\"" + kColours.at(static_cast<std::size_t>(state)) +
         "\"/><g fill=\"#fff\" text-anchor=\"middle\" "
         "font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">" +
         text(0, left, label) + text(left, right, words) + "</g></svg>\n";
}

}  // namespace monitron::api
