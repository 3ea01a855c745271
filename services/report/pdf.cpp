#include "report/pdf.hpp"

#include "report/page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace monitron::report {
namespace {

constexpr double kLeft = Pages::kMargin;
constexpr double kWide = Pages::kRight - Pages::kMargin;
constexpr double kBottom = Pages::kHeight - 60;
constexpr double kRow = 17;
constexpr std::size_t kMaxOutages = 500;
constexpr double kUp = 0.82, kDown = 0.0, kPale = 0.6;

std::string milliseconds(const std::optional<double>& seconds) {
  if (!seconds) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f ms", *seconds < 0.1 ? 1 : 0, *seconds * 1000);
  return text;
}

class Report {
 public:
  Report(const Findings& findings, Instant made_at, std::string* out, int total_pages)
      : findings_(findings), made_at_(made_at), pages_(out), total_(total_pages) {}

  int draw();

 private:
  struct Column {
    const char* name;
    double x;
    double width;
    Align align = Align::left;
  };

  void title();
  void key_figures();
  void chart();
  void chart_labels(double top, double height);
  void table();
  void check_row(const CheckFindings& one);
  void strip(const CheckFindings& one, double x, double width);
  void outages();
  void heading(const std::string& text);
  void head(const std::vector<Column>& columns);
  void cell(const Column& column, const std::string& text, TextStyle style = {});
  void row_done();
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
  pages_.set_title("Availability " + findings_.local(findings_.from) + " to " +
                   findings_.local(findings_.to));
  title();
  key_figures();
  if (findings_.checks.empty()) {
    y_ += 20;
    pages_.text(kLeft, y_, kWide, "No check has these labels: there is nothing to report.",
                {.size = 11});
  } else {
    chart();
    table();
    outages();
  }
  footer();
  pages_.finish();
  return pages_.page();
}

void Report::title() {
  pages_.box(0, 0, Pages::kWidth, 86, 0);
  pages_.text(kLeft, 22, kWide, "Availability", {.size = 22, .bold = true, .gray = 1});
  pages_.text(kLeft, 54, kWide,
              findings_.local(findings_.from) + "  to  " + findings_.local(findings_.to) + "   " +
                  findings_.time_zone,
              {.size = 10.5, .gray = 0.8});
  pages_.text(kLeft, 28, kWide, "Monitron", {.size = 11, .gray = 1, .align = Align::right});
  y_ = 104;
}

void Report::key_figures() {
  std::size_t count = 0;
  std::chrono::milliseconds longest{0};
  for (const auto& one : findings_.checks) {
    count += one.whole.outages.size();
    longest = std::max(longest, one.whole.longest_outage());
  }
  const std::vector<std::pair<std::string, std::string>> figures{
      {percent(findings_.whole.ratio()), "available, all checks"},
      {std::to_string(findings_.checks.size()), "checks"},
      {std::to_string(count), "outages"},
      {readable(findings_.whole.down), "down, all checks"},
      {readable(longest), "longest outage"}};
  const double width = kWide / static_cast<double>(figures.size());
  double x = kLeft;
  for (const auto& [figure, name] : figures) {
    pages_.text(x, y_, width - 8, figure, {.size = 15, .bold = true});
    pages_.text(x, y_ + 21, width - 8, name, {.size = 8, .gray = 0.4});
    x += width;
  }
  y_ += 48;
}

// The share of known time in which checks were up, per part of the range.
void Report::chart() {
  constexpr double height = 90;
  heading(findings_.parts_are_days ? "By day" : "By hour");
  const double top = y_, step = (kWide - 34) / static_cast<double>(findings_.part_starts.size());
  const double left = kLeft + 34;
  for (const double level : {0.0, 0.5, 1.0}) {
    const double y = top + height * (1 - level);
    pages_.line(left, y, Pages::kRight, y, 0.85);
    pages_.text(kLeft, y - 5, 28, std::to_string(static_cast<int>(level * 100)) + " %",
                {.size = 7, .gray = 0.4, .align = Align::right});
  }
  for (std::size_t i = 0; i < findings_.part_starts.size(); ++i) {
    domain::Availability sum;
    for (const auto& one : findings_.checks) {
      auto part = one.parts[i];
      part.outages.clear();
      sum += part;
    }
    const double x = left + step * static_cast<double>(i), bar = std::max(step - 1.5, 0.5);
    const auto ratio = sum.ratio();
    if (!ratio) {
      pages_.frame(x, top + height - 6, bar, 6, kPale);
      continue;
    }
    pages_.box(x, top, bar, height * (1 - *ratio), kDown);
    pages_.box(x, top + height * (1 - *ratio), bar, height * *ratio, kUp);
  }
  chart_labels(top, height);
  y_ = top + height + 20;
  pages_.box(left, y_, 8, 8, kUp);
  pages_.text(left + 12, y_ - 1, 60, "up", {.size = 7.5, .gray = 0.3});
  pages_.box(left + 50, y_, 8, 8, kDown);
  pages_.text(left + 62, y_ - 1, 60, "down", {.size = 7.5, .gray = 0.3});
  pages_.frame(left + 110, y_, 8, 8, kPale);
  pages_.text(left + 122, y_ - 1, 120, "not known", {.size = 7.5, .gray = 0.3});
  y_ += 24;
}

void Report::chart_labels(double top, double height) {
  const auto count = findings_.part_starts.size();
  const double left = kLeft + 34, step = (kWide - 34) / static_cast<double>(count);
  const auto every = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(44 / step)));
  for (std::size_t i = 0; i < count; i += every) {
    const auto local = findings_.local(findings_.part_starts[i]);
    pages_.text(left + step * static_cast<double>(i), top + height + 4, 60,
                findings_.parts_are_days ? local.substr(5, 5) : local.substr(11),
                {.size = 7, .gray = 0.4});
  }
}

void Report::heading(const std::string& text) {
  pages_.text(kLeft, y_, kWide, text, {.size = 11, .bold = true});
  y_ += 20;
}

void Report::head(const std::vector<Column>& columns) {
  for (const auto& column : columns) {
    cell(column, column.name, {.size = 7.5, .gray = 0.4});
  }
  y_ += 13;
  pages_.line(kLeft, y_, Pages::kRight, y_, 0);
  y_ += 4;
}

void Report::cell(const Column& column, const std::string& text, TextStyle style) {
  style.align = column.align;
  pages_.text(kLeft + column.x, y_, column.width, text, style);
}

void Report::row_done() {
  y_ += kRow - 4;
  pages_.line(kLeft, y_, Pages::kRight, y_, 0.88);
  y_ += 4;
}

template <class Again>
void Report::need(double height, Again again) {
  if (y_ + height <= kBottom) return;
  footer();
  pages_.next_page();
  y_ = 48;
  again();
}

void Report::footer() {
  const double y = Pages::kHeight - 36;
  pages_.text(kLeft, y, kWide, "made " + findings_.local(made_at_) + " " + findings_.time_zone,
              {.size = 7.5, .gray = 0.45});
  pages_.text(kLeft, y, kWide,
              "page " + std::to_string(pages_.page()) + " of " + std::to_string(total_),
              {.size = 7.5, .gray = 0.45, .align = Align::right});
}

namespace columns {
constexpr double kName = 0, kStrip = 160, kPercent = 286, kOutages = 348, kDownTime = 394,
                 kResponse = 446;
}

void Report::table() {
  const std::vector<Column> all{{"check", columns::kName, 150},
                                {"over time", columns::kStrip, 116},
                                {"available", columns::kPercent, 58, Align::right},
                                {"outages", columns::kOutages, 42, Align::right},
                                {"down", columns::kDownTime, 54, Align::right},
                                {"p95", columns::kResponse, 53, Align::right}};
  need(80, [] {});
  heading("Checks");
  head(all);
  for (const auto& one : findings_.checks) {
    need(kRow + 10, [&] { head(all); });
    check_row(one);
  }
  y_ += 16;
}

void Report::check_row(const CheckFindings& one) {
  const auto& whole = one.whole;
  pages_.text(kLeft, y_ - 1, 152, one.check.name, {.size = 8.5, .bold = true});
  pages_.text(kLeft, y_ + 10, 152,
              one.check.instance.empty() ? one.check.target
                                         : one.check.target + "  on " + one.check.instance,
              {.size = 7, .gray = 0.45});
  strip(one, kLeft + columns::kStrip, 116);
  y_ += 4;
  cell({"", columns::kPercent, 58, Align::right}, percent(whole.ratio()),
       {.size = 8.5, .bold = !whole.outages.empty()});
  cell({"", columns::kOutages, 42, Align::right}, std::to_string(whole.outages.size()),
       {.size = 8.5});
  cell({"", columns::kDownTime, 54, Align::right}, whole.down.count() ? readable(whole.down) : "–",
       {.size = 8.5});
  cell({"", columns::kResponse, 53, Align::right}, milliseconds(one.p95_seconds), {.size = 8.5});
  y_ += 6;
  row_done();
}

void Report::strip(const CheckFindings& one, double x, double width) {
  const double step = width / static_cast<double>(std::max<std::size_t>(1, one.parts.size()));
  for (const auto& part : one.parts) {
    const auto ratio = part.ratio();
    const double bar = std::max(step - 0.6, 0.4);
    if (!ratio) {
      pages_.frame(x, y_ + 2, bar, 12, 0.8);
    } else {
      pages_.box(x, y_ + 2, bar, 12, kUp);
      // However short an outage was, it can be seen.
      if (*ratio < 1) pages_.box(x, y_ + 2, bar, std::max(12 * (1 - *ratio), 2.0), kDown);
    }
    x += step;
  }
}

void Report::outages() {
  struct Row {
    const CheckFindings* check;
    domain::Outage outage;
  };
  std::vector<Row> rows;
  for (const auto& one : findings_.checks) {
    for (const auto& outage : one.whole.outages) rows.push_back({&one, outage});
  }
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.outage.from < b.outage.from; });
  const std::vector<Column> all{
      {"check", 0, 220}, {"from", 230, 90}, {"to", 325, 90}, {"lasted", 420, 79, Align::right}};
  need(70, [] {});
  heading("Outages");
  if (rows.empty()) {
    pages_.text(kLeft, y_, kWide, "None.", {.size = 9});
    return;
  }
  head(all);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    need(kRow, [&] { head(all); });
    if (i == kMaxOutages) {
      pages_.text(kLeft, y_, kWide, "… and " + std::to_string(rows.size() - i) + " more",
                  {.size = 8.5});
      return;
    }
    cell(all[0], rows[i].check->check.name, {.size = 8.5});
    cell(all[1], findings_.local(rows[i].outage.from), {.size = 8.5});
    cell(all[2], rows[i].outage.to == findings_.to ? "goes on" : findings_.local(rows[i].outage.to),
         {.size = 8.5});
    cell(all[3], readable(rows[i].outage.to - rows[i].outage.from), {.size = 8.5});
    y_ += 2;
    row_done();
  }
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
