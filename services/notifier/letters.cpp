#include "notifier/letters.hpp"

#include "notifier/digest.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string lasted(Instant from, Instant to) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

using Lines = std::vector<std::pair<std::string, std::string>>;

Lines facts_of(const contracts::AlertChanged& alert) {
  Lines lines{{"State", alert.firing ? "firing" : "resolved"},
              {"Severity", alert.severity},
              {"Rule", alert.rule_name},
              {"Since", to_text(alert.starts_at)}};
  if (!alert.firing) {
    lines.emplace_back("Resolved",
                       to_text(alert.at) + ", after " + lasted(alert.starts_at, alert.at));
  }
  for (const auto& [name, value] : alert.annotations) {
    // These say what it is that fires.
    if (!alert.firing && (name == "summary" || name == "description")) continue;
    if (!value.empty()) lines.emplace_back(name, value);
  }
  for (const auto& [name, value] : alert.labels) {
    if (name != "alertname" && name != "severity") lines.emplace_back(name, value);
  }
  return lines;
}

// Where there is more to see: the page of the incident, and of the check that it is about.
Lines links_of(const contracts::AlertChanged& alert, const std::string& public_url) {
  Lines links{{"Incident", incident_url(alert, public_url)}};
  const auto check = alert.labels.find("check_id");
  if (check != alert.labels.end() && Uuid::parse(check->second)) {
    links.emplace_back("Check", public_url + "/checks/" + check->second);
  }
  return links;
}

constexpr const char* kHtmlHead =
    "<!doctype html><html><body style=\"font:15px/1.5 system-ui,sans-serif;color:#000;"
    "background:#fff;max-width:40rem\">";

contracts::EmailRequested empty_letter(const Envelope& envelope) {
  contracts::EmailRequested letter;
  letter.delivery_key = envelope.key;
  letter.thread = envelope.thread;
  letter.to = envelope.to;
  return letter;
}

std::string html_of(const contracts::AlertChanged& alert, const Lines& facts, const Lines& links) {
  std::string html = kHtmlHead;
  html += std::string("<p style=\"margin:0;padding:.6rem .8rem;") +
          (alert.firing ? "background:#000;color:#fff" : "border:1px solid #000") + "\"><b>" +
          (alert.firing ? "FIRING" : "RESOLVED") + "</b> &nbsp; " + escaped(alert.title) +
          "</p><p>" + escaped(alert.text) + "</p><table>";
  for (const auto& [name, value] : facts) {
    html += "<tr><td style=\"padding:.15rem 1rem .15rem 0;color:#555\">" + escaped(name) +
            "</td><td>" + escaped(value) + "</td></tr>";
  }
  html += "</table><p>";
  for (const auto& [name, link] : links) {
    html += "<a style=\"color:#000\" href=\"" + escaped(link) + "\">" + name + "</a> &nbsp; ";
  }
  return html + "</p></body></html>";
}

// One alert of a digest.
struct Entry {
  const contracts::AlertChanged& alert;
  std::string difference;
  std::string url;
};

std::string text_of(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

const char* state_of(const Entry& entry) { return entry.alert.firing ? "FIRING" : "RESOLVED"; }

std::string text_of(const Entry& entry) {
  const auto& alert = entry.alert;
  std::string text = state_of(entry) + (" " + alert.severity) + ": " + alert.title + "\n";
  for (const auto& line : {entry.difference, alert.text}) {
    if (!line.empty()) text += "  " + line + "\n";
  }
  return text + "  " + to_text(alert.at) + "  " + entry.url + "\n\n";
}

std::string html_of(const Entry& entry) {
  const auto& alert = entry.alert;
  const std::string cell =
      "<td style=\"padding:.5rem 1rem .5rem 0;border-top:1px solid #ccc;"
      "vertical-align:top\">";
  std::string html = "<tr>" + cell + "<b>" + state_of(entry) + "</b><br>" +
                     escaped(alert.severity) + "</td>" + cell + "<a style=\"color:#000\" href=\"" +
                     escaped(entry.url) + "\"><b>" + escaped(alert.title) + "</b></a>";
  for (const auto& line : {entry.difference, alert.text}) {
    if (!line.empty()) html += "<br>" + escaped(line);
  }
  return html + "<br><span style=\"color:#555\">" + to_text(alert.at) + "</span></td></tr>";
}

// Of incidents, as they are by now: one may have begun and ended since the last digest.
std::string counts_of(const std::vector<contracts::AlertChanged>& alerts) {
  std::map<Uuid, const contracts::AlertChanged*> latest;
  for (const auto& alert : alerts) {
    auto& known = latest.try_emplace(alert.incident_id.value, &alert).first->second;
    if (known->transition < alert.transition) known = &alert;
  }
  int firing = 0, critical = 0;
  for (const auto& [incident, alert] : latest) {
    if (!alert->firing) continue;
    ++firing;
    if (alert->severity == "critical") ++critical;
  }
  return std::to_string(firing) + " firing" +
         (critical > 0 ? " (" + std::to_string(critical) + " critical)" : "") + ", " +
         std::to_string(static_cast<int>(latest.size()) - firing) + " resolved";
}

}  // namespace

std::string incident_url(const contracts::AlertChanged& alert, const std::string& public_url) {
  return public_url + "/incidents/" + alert.incident_id.str();
}

Envelope envelope_of(const contracts::AlertChanged& alert, const std::string& recipient) {
  const auto head = "alert." + alert.incident_id.str() + ".";
  // The first letter of the conversation: the one that told of the firing.
  return {recipient, head + std::to_string(alert.transition) + "." + recipient,
          head + "1." + recipient};
}

contracts::EmailRequested alert_letter(const contracts::AlertChanged& alert,
                                       const Envelope& envelope, const std::string& public_url,
                                       LetterKind kind) {
  const auto links = links_of(alert, public_url);
  const auto facts = facts_of(alert);
  auto letter = empty_letter(envelope);
  const char* state = alert.firing ? "[FIRING] " : "[RESOLVED] ";
  letter.subject = (kind == LetterKind::reminder ? "[STILL FIRING] " : state) + alert.title;
  letter.text = alert.title + "\n" + alert.text + "\n\n";
  for (const auto& [name, value] : facts) letter.text += name + ": " + value + "\n";
  letter.text += "\n";
  for (const auto& [name, link] : links) letter.text += name + ": " + link + "\n";
  letter.html = html_of(alert, facts, links);
  return letter;
}

contracts::EmailRequested digest_letter(const std::vector<contracts::AlertChanged>& alerts,
                                        const Envelope& envelope, const std::string& public_url) {
  auto letter = empty_letter(envelope);
  const auto counts = counts_of(alerts);
  letter.subject = "[DIGEST] " + counts;
  letter.text = counts + "\n\n";
  letter.html = kHtmlHead + ("<p><b>" + counts + "</b></p><table style=\"border-spacing:0\">");
  const auto differences = differing_labels(alerts);
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const auto url = incident_url(alerts[i], public_url);
    const Entry entry{alerts[i], text_of(differences[i]), url};
    letter.text += text_of(entry);
    letter.html += html_of(entry);
  }
  letter.html += "</table></body></html>";
  return letter;
}

contracts::EmailRequested trial_letter(const std::string& channel_name, const Envelope& envelope) {
  auto letter = empty_letter(envelope);
  letter.subject = "[TEST] " + channel_name;
  letter.text = "Alerts that the channel \"" + channel_name +
                "\" is subscribed to arrive here. This is a trial; nothing is wrong.\n";
  return letter;
}

}  // namespace monitron::notifier
