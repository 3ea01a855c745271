#pragma once
// The pictures of a report: what was up when, and how long answers took.

#include "report/findings.hpp"
#include "report/page.hpp"

namespace monitron::report {

struct Box {
  double x;
  double y;
  double width;
  double height;
};

// Grays of what was up, of what was down, and of the frame of what is not known.
inline constexpr double kUpGray = 0.8, kDownGray = 0.0, kUnknownGray = 0.65;

// A bar per hour or day over all checks, with its axes. The axis begins at the highest of 0, 50,
// 90, 99 and 99.9 % that shows all bars.
void draw_availability(Pages& pages, const Findings& findings, const Box& box);
// A line of mean response times over all checks, with its axes.
void draw_responses(Pages& pages, const Findings& findings, const Box& box);
// One check in one line, without axes. However short an outage was, it can be seen.
void draw_strip(Pages& pages, const CheckFindings& check, const Box& box);

std::string milliseconds(const std::optional<double>& seconds);

}  // namespace monitron::report
