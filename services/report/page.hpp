#pragma once
// A4 pages drawn with cairo and pango: text, lines and boxes at points from the upper left corner.

#include <memory>
#include <string>
#include <vector>

// NOLINTBEGIN(bugprone-reserved-identifier): cairo's names.
struct _cairo;
struct _cairo_surface;
// NOLINTEND(bugprone-reserved-identifier)

namespace monitron::report {

enum class Align { left, right, center };

struct TextStyle {
  double size = 9;  // points
  bool bold = false;
  double gray = 0;  // 0 black … 1 white
  Align align = Align::left;
};

struct Point {
  double x;
  double y;
};

class Pages {
 public:
  static constexpr double kWidth = 595, kHeight = 842, kMargin = 48;
  static constexpr double kRight = kWidth - kMargin;

  explicit Pages(std::string* out);  // null: pages are only counted
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  void set_title(const std::string& title);
  // In one line, cut with … at `width`; y is the line's top. Gives its height.
  double text(double x, double y, double width, const std::string& text, TextStyle style = {});
  void box(double x, double y, double width, double height, double gray);
  void frame(double x, double y, double width, double height, double gray);
  void line(double x1, double y1, double x2, double y2, double gray);
  void path(const std::vector<Point>& points, double width, double gray);
  void next_page();
  int page() const { return page_; }
  void finish();

 private:
  struct Drawing;
  std::unique_ptr<Drawing> drawing_;
  int page_ = 1;
};

}  // namespace monitron::report
