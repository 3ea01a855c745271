#include "report/charts.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::report {
namespace {

constexpr double kAxisWidth = 40;
constexpr TextStyle kAxisText{.size = 7, .gray = 0.4};

Box inside_axes(const Box& box) {
  return {box.x + kAxisWidth, box.y, box.width - kAxisWidth, box.height - 14};
}

void draw_level(Pages& pages, const Box& plot, double share, const std::string& name) {
  const double y = plot.y + plot.height * (1 - share);
  pages.line(plot.x, y, plot.x + plot.width, y, share == 0 ? 0.5 : 0.88);
  auto style = kAxisText;
  style.align = Align::right;
  pages.text(plot.x - kAxisWidth, y - 5, kAxisWidth - 6, name, style);
}

// Dates or hours below the plot, as many as have room.
void draw_times(Pages& pages, const Findings& findings, const Box& plot) {
  const auto count = findings.parts.size();
  const double step = plot.width / static_cast<double>(count);
  const auto every = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(40 / step)));
  for (std::size_t i = 0; i < count; i += every) {
    const double x = plot.x + step * static_cast<double>(i);
    if (x + 30 > plot.x + plot.width + 4) break;
    const auto local = findings.local(findings.parts[i].start);
    pages.text(x, plot.y + plot.height + 3, 40,
               findings.parts_are_days ? local.substr(5, 5) : local.substr(11), kAxisText);
  }
}

double lowest_level(const Findings& findings) {
  double lowest = 1;
  for (const auto& part : findings.parts) {
    lowest = std::min(lowest, part.sum.ratio().value_or(1));
  }
  double level = 0;
  for (const double candidate : {0.5, 0.9, 0.99, 0.999}) {
    if (candidate < lowest) level = candidate;
  }
  return level;
}

// 1, 2 or 5 times a power of ten.
double round_up(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (value <= factor * power) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string milliseconds(const std::optional<double>& seconds) {
  if (!seconds) return "–";
  char text[32];
  const double value = *seconds * 1000;
  std::snprintf(text, sizeof text, "%.*f ms", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
  return text;
}

void draw_availability(Pages& pages, const Findings& findings, const Box& box) {
  const auto plot = inside_axes(box);
  const double lowest = lowest_level(findings);
  for (const double share : {0.0, 0.5, 1.0}) {
    draw_level(pages, plot, share, short_number(100 * (lowest + (1 - lowest) * share)) + " %");
  }
  const double step = plot.width / static_cast<double>(findings.parts.size());
  const double bar = step > 4 ? step - 1.5 : step * 0.8;
  for (std::size_t i = 0; i < findings.parts.size(); ++i) {
    const double x = plot.x + step * static_cast<double>(i);
    const auto ratio = findings.parts[i].sum.ratio();
    // As wide as time is known, the rest is left open.
    const double wide = ratio ? std::max(bar * findings.parts[i].known_share(), 0.7) : 0;
    if (bar - wide > 0.7) {
      pages.frame(x + wide, plot.y + plot.height - 6, bar - wide, 6, kUnknownGray);
    }
    if (!ratio) continue;
    const double down = plot.height * (1 - *ratio) / (1 - lowest);
    pages.box(x, plot.y, wide, plot.height, kUpGray);
    if (*ratio < 1) pages.box(x, plot.y, wide, std::max(down, 1.5), kDownGray);
  }
  draw_times(pages, findings, plot);
}

void draw_responses(Pages& pages, const Findings& findings, const Box& box) {
  const auto plot = inside_axes(box);
  double highest = 0;
  for (const auto& part : findings.parts) {
    highest = std::max(highest, part.mean_response_seconds().value_or(0));
  }
  const double top = round_up(std::max(highest, 1e-6));
  for (const double share : {0.0, 0.5, 1.0}) {
    draw_level(pages, plot, share, short_number(1000 * top * share) + " ms");
  }
  const double step = plot.width / static_cast<double>(findings.parts.size());
  std::vector<Point> line;
  for (std::size_t i = 0; i < findings.parts.size(); ++i) {
    const auto mean = findings.parts[i].mean_response_seconds();
    if (!mean) {  // a gap is a gap
      pages.path(line, 1.2, 0);
      line.clear();
      continue;
    }
    line.push_back(
        {plot.x + step * (static_cast<double>(i) + 0.5), plot.y + plot.height * (1 - *mean / top)});
  }
  pages.path(line, 1.2, 0);
  draw_times(pages, findings, plot);
}

void draw_strip(Pages& pages, const CheckFindings& check, const Box& box) {
  const auto& ratios = check.part_ratios;
  const double step = box.width / static_cast<double>(ratios.size());
  const auto x_of = [&](std::size_t part) { return box.x + step * static_cast<double>(part); };
  const auto whole = [&](std::size_t part) { return check.part_known[part] > 0.98F; };
  const double middle = box.y + box.height / 2;
  // Not known, until something covers it.
  pages.line(box.x, middle, box.x + box.width, middle, kUnknownGray);
  // In runs: boxes side by side would show hairlines between them.
  for (std::size_t i = 0, end = 0; i < ratios.size(); i = end) {
    for (end = i; end < ratios.size() && whole(end); ++end) continue;
    double wide = x_of(end) - x_of(i);
    if (end == i) wide = step * static_cast<double>(check.part_known[end++]);
    if (wide > 0) pages.box(x_of(i), box.y, std::max(wide, 0.7), box.height, kUpGray);
  }
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    const auto down = 1 - static_cast<double>(ratios[i].value_or(1));
    if (down <= 0) continue;
    const double wide = whole(i) ? step : step * static_cast<double>(check.part_known[i]);
    pages.box(x_of(i), box.y, std::max(wide, 0.7), std::max(box.height * down, 2.5), kDownGray);
  }
}

}  // namespace monitron::report
