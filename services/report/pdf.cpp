#include "report/pdf.hpp"

#include "report/charts.hpp"

#include <algorithm>

namespace monitron::report {
namespace {

constexpr double kLeft = Pages::kMargin;
constexpr double kWide = Pages::kRight - Pages::kMargin;
constexpr double kBottom = Pages::kHeight - 60;
constexpr std::size_t kMaxOutages = 500;
constexpr double kFaint = 0.4;

struct Column {
  const char* name;
  double x;
  double width;
  Align align = Align::left;
};

constexpr Column kName{"check", 0, 138}, kStrip{"over time", 146, 84};
constexpr Column kFigures[] = {{"available", 232, 56, Align::right},
                               {"outages", 290, 38, Align::right},
                               {"down", 330, 56, Align::right},
                               {"to repair", 388, 56, Align::right},
                               {"p95", 446, 53, Align::right}};
constexpr Column kOutage[] = {
    {"check", 0, 220}, {"from", 230, 90}, {"to", 325, 90}, {"lasted", 420, 79, Align::right}};

class Report {
 public:
  Report(const Findings& findings, Instant made_at, std::string* out, int total_pages)
      : findings_(findings), made_at_(made_at), pages_(out), total_(total_pages) {}

  int draw();

 private:
  std::string period() const;
  void title();
  void key_figures();
  void no_checks();
  void charts();
  void legend(double y);
  void table();
  void check_head();
  void group_row(const Group& group);
  void check_row(const CheckFindings& one);
  void outages();
  void outage_head();
  void outage_row(const CheckFindings& check, const domain::Outage& outage);
  void explanation();
  void heading(const std::string& text);
  void cell(const Column& column, double y, const std::string& text, TextStyle style);
  void rule(double gray);
  void footer();
  // Makes room; `again` is drawn at the top of a new page.
  template <class Again>
  void need(double height, Again again);

  const Findings& findings_;
  const Instant made_at_;
  Pages pages_;
  const int total_;
  double y_ = 0;
};

int Report::draw() {
  pages_.set_title("Availability " + period());
  title();
  if (findings_.checks.empty()) {
    no_checks();
  } else {
    key_figures();
    charts();
    table();
    outages();
    explanation();
  }
  footer();
  pages_.finish();
  return pages_.page();
}

std::string Report::period() const {
  return findings_.local(findings_.from) + " to " + findings_.local(findings_.to) + ", " +
         findings_.time_zone;
}

void Report::title() {
  pages_.text(kLeft, 44, kWide, "Availability", {.size = 26, .bold = true});
  pages_.text(kLeft, 79, kWide, period(), {.size = 10.5, .gray = 0.25});
  pages_.text(kLeft, 56, kWide, "Monitron", {.size = 10.5, .gray = kFaint, .align = Align::right});
  pages_.box(kLeft, 103, kWide, 1.5, 0);
  y_ = 120;
}

void Report::no_checks() {
  pages_.text(kLeft, y_, kWide, "There is nothing to report.", {.size = 12, .bold = true});
  pages_.text(kLeft, y_ + 22, kWide, "No check has the labels that this report is about.",
              {.size = 9.5, .gray = 0.25});
}

void Report::key_figures() {
  struct Figure {
    std::string value;
    const char* name;
    double width;
  };
  const auto whole = findings_.whole();
  const auto repair = whole.mean_time_to_repair();
  const Figure figures[] = {{percent(whole.ratio()), "available", 104},
                            {std::to_string(findings_.checks.size()), "checks", 52},
                            {std::to_string(whole.outages.size()), "outages", 58},
                            {readable(whole.down), "down, all checks", 95},
                            {readable(whole.longest_outage()), "longest outage", 95},
                            {repair ? readable(*repair) : "–", "mean time to repair", 95}};
  double x = kLeft;
  for (const auto& figure : figures) {
    pages_.text(x, y_, figure.width - 6, figure.value, {.size = 12.5, .bold = true});
    pages_.text(x, y_ + 20, figure.width - 6, figure.name, {.size = 7.5, .gray = kFaint});
    x += figure.width;
  }
  y_ += 50;
}

void Report::charts() {
  const auto& per = findings_.part_name;
  legend(y_ + 3);
  heading("Available per " + per);
  draw_availability(pages_, findings_, {kLeft, y_ + 2, kWide, 104});
  y_ += 124;
  const bool any = std::any_of(findings_.parts.begin(), findings_.parts.end(),
                               [](const Part& part) { return part.responses > 0; });
  if (!any) return;
  heading("Mean response time per " + per);
  draw_responses(pages_, findings_, {kLeft, y_ + 2, kWide, 84});
  y_ += 104;
}

void Report::legend(double y) {
  constexpr TextStyle style{.size = 7.5, .gray = 0.3};
  const double x = Pages::kRight - 152;
  pages_.box(x, y, 8, 8, kUpGray);
  pages_.text(x + 12, y - 1, 30, "up", style);
  pages_.box(x + 38, y, 8, 8, kDownGray);
  pages_.text(x + 50, y - 1, 40, "down", style);
  pages_.frame(x + 90, y, 8, 8, kUnknownGray);
  pages_.text(x + 102, y - 1, 60, "not known", style);
}

void Report::heading(const std::string& text) {
  pages_.text(kLeft, y_, kWide, text, {.size = 11, .bold = true});
  y_ += 22;
}

void Report::cell(const Column& column, double y, const std::string& text, TextStyle style) {
  style.align = column.align;
  pages_.text(kLeft + column.x, y, column.width, text, style);
}

void Report::rule(double gray) { pages_.line(kLeft, y_, Pages::kRight, y_, gray); }

template <class Again>
void Report::need(double height, Again again) {
  if (y_ + height <= kBottom) return;
  footer();
  pages_.next_page();
  pages_.text(kLeft, 30, kWide, "Availability", {.size = 7.5, .bold = true, .gray = kFaint});
  pages_.text(kLeft, 30, kWide, period(), {.size = 7.5, .gray = kFaint, .align = Align::right});
  y_ = 56;
  again();
}

void Report::footer() {
  const double y = Pages::kHeight - 38;
  constexpr TextStyle style{.size = 7.5, .gray = kFaint};
  pages_.text(kLeft, y, kWide, "made " + findings_.local(made_at_) + ", " + findings_.time_zone,
              style);
  auto right = style;
  right.align = Align::right;
  pages_.text(kLeft, y, kWide,
              "page " + std::to_string(pages_.page()) + " of " + std::to_string(total_), right);
}

void Report::check_head() {
  constexpr TextStyle style{.size = 7.5, .gray = kFaint};
  cell(kName, y_, kName.name, style);
  cell(kStrip, y_, kStrip.name, style);
  for (const auto& column : kFigures) cell(column, y_, column.name, style);
  y_ += 13;
  rule(0);
}

void Report::table() {
  need(90, [] {});
  heading(findings_.group_by.empty() ? "Checks" : "Checks by " + findings_.group_by);
  check_head();
  const auto groups = findings_.groups();
  auto group = groups.begin();
  for (std::size_t i = 0; i < findings_.checks.size(); ++i) {
    if (group != groups.end() && group->begin == i) group_row(*group++);
    need(27, [&] { check_head(); });
    check_row(findings_.checks[i]);
  }
  y_ += 20;
}

// With its first check on the same page.
void Report::group_row(const Group& group) {
  need(24 + 27, [&] { check_head(); });
  const auto& whole = group.whole;
  const auto repair = whole.mean_time_to_repair();
  const auto name = group.value.empty() ? "without " + findings_.group_by : group.value;
  pages_.box(kLeft, y_, kWide, 24, 0.93);
  pages_.text(kLeft + 6, y_ + 6, kStrip.x - 12, name, {.size = 9.5, .bold = true});
  const auto count = std::to_string(group.count) + (group.count == 1 ? " check" : " checks");
  pages_.text(kLeft + kStrip.x, y_ + 8, kStrip.width, count, {.size = 7.5, .gray = 0.25});
  const std::string figures[] = {percent(whole.ratio()), std::to_string(whole.outages.size()),
                                 whole.down.count() > 0 ? readable(whole.down) : "–",
                                 repair ? readable(*repair) : "–"};
  for (std::size_t i = 0; i < std::size(figures); ++i) {
    cell(kFigures[i], y_ + 7, figures[i], {.size = 8, .bold = true});
  }
  y_ += 24;
}

void Report::check_row(const CheckFindings& one) {
  const auto& whole = one.whole;
  pages_.text(kLeft, y_ + 3, kName.width, one.check.name, {.size = 8.5, .bold = true});
  const auto excluded =
      whole.excluded.count() > 0 ? readable(whole.excluded) + " left out · " : std::string();
  const auto instance = one.check.instance.empty() ? std::string() : one.check.instance + " · ";
  pages_.text(kLeft, y_ + 14, kName.width, excluded + instance + one.check.target,
              {.size = 7, .gray = kFaint});
  draw_strip(pages_, one, {kLeft + kStrip.x, y_ + 7, kStrip.width, 13});
  const auto repair = whole.mean_time_to_repair();
  const bool down = whole.down.count() > 0;
  const std::string figures[] = {percent(whole.ratio()), std::to_string(whole.outages.size()),
                                 down ? readable(whole.down) : "–",
                                 repair ? readable(*repair) : "–", milliseconds(one.p95_seconds)};
  for (std::size_t i = 0; i < std::size(figures); ++i) {
    cell(kFigures[i], y_ + 8, figures[i], {.size = 8, .bold = i == 0 && down});
  }
  y_ += 27;
  rule(0.88);
}

void Report::outage_head() {
  for (const auto& column : kOutage) cell(column, y_, column.name, {.size = 7.5, .gray = kFaint});
  y_ += 13;
  rule(0);
}

void Report::outages() {
  std::vector<std::pair<const CheckFindings*, domain::Outage>> all;
  for (const auto& one : findings_.checks) {
    for (const auto& outage : one.whole.outages) all.emplace_back(&one, outage);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second.from < b.second.from; });
  need(75, [] {});
  heading("Outages");
  if (all.empty()) {
    pages_.text(kLeft, y_, kWide, "None.", {.size = 9});
    y_ += 24;
    return;
  }
  outage_head();
  for (std::size_t i = 0; i < std::min(all.size(), kMaxOutages); ++i) {
    need(17, [&] { outage_head(); });
    outage_row(*all[i].first, all[i].second);
  }
  if (all.size() > kMaxOutages) {
    need(17, [] {});
    pages_.text(kLeft, y_ + 4, kWide, "… and " + std::to_string(all.size() - kMaxOutages) + " more",
                {.size = 8.5});
    y_ += 17;
  }
  y_ += 20;
}

void Report::outage_row(const CheckFindings& check, const domain::Outage& outage) {
  // At the ends of the range nobody knows how long it was before or will be after.
  const std::string from = outage.from <= findings_.from ? "before" : findings_.local(outage.from);
  const std::string to = outage.to >= findings_.to ? "goes on" : findings_.local(outage.to);
  const std::string cells[] = {check.check.name, from, to, readable(outage.to - outage.from)};
  for (std::size_t i = 0; i < std::size(cells); ++i) {
    cell(kOutage[i], y_ + 3, cells[i], {.size = 8.5});
  }
  y_ += 17;
  rule(0.88);
}

void Report::explanation() {
  constexpr TextStyle style{.size = 7.5, .gray = kFaint};
  need(46, [] {});
  pages_.text(kLeft, y_, kWide,
              "Available: time up as a share of the time up or down. Time without results is not "
              "known and counts as neither.",
              style);
  pages_.text(kLeft, y_ + 12, kWide,
              "To repair: mean length of outages, known time only. Response times are those of "
              "successful runs; 95 of 100 took at most p95.",
              style);
  const auto excluded = findings_.whole().excluded;
  if (excluded.count() > 0) {
    pages_.text(kLeft, y_ + 24, kWide,
                "Left out: time of maintenance windows that do not count, as they were in force "
                "then; " +
                    readable(excluded) + ", over all checks.",
                style);
  }
  y_ += 46;
}

}  // namespace

std::string to_pdf(const Findings& findings, Instant made_at) {
  // Twice: the first time tells how many pages there are.
  const int total = Report(findings, made_at, nullptr, 0).draw();
  std::string pdf;
  Report(findings, made_at, &pdf, total).draw();
  return pdf;
}

}  // namespace monitron::report
