#include "report/page.hpp"

#include "base/result.hpp"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

namespace monitron::report {
namespace {

cairo_status_t append(void* out, const unsigned char* data, unsigned int length) {
  if (out) static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void set_gray(cairo_t* cairo, double gray) { cairo_set_source_rgb(cairo, gray, gray, gray); }

}  // namespace

struct Pages::Drawing {
  cairo_surface_t* surface;
  cairo_t* cairo;
  PangoLayout* layout;

  explicit Drawing(std::string* out)
      : surface(cairo_pdf_surface_create_for_stream(append, out, kWidth, kHeight)),
        cairo(cairo_create(surface)),
        layout(pango_cairo_create_layout(cairo)) {}
  ~Drawing() {
    g_object_unref(layout);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
  }
};

Pages::Pages(std::string* out) : drawing_(std::make_unique<Drawing>(out)) {
  pango_layout_set_ellipsize(drawing_->layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode(drawing_->layout, TRUE);
}

Pages::~Pages() = default;

void Pages::set_title(const std::string& title) {
  cairo_pdf_surface_set_metadata(drawing_->surface, CAIRO_PDF_METADATA_TITLE, title.c_str());
  cairo_pdf_surface_set_metadata(drawing_->surface, CAIRO_PDF_METADATA_CREATOR, "Monitron");
}

double Pages::text(double x, double y, double width, const std::string& text, TextStyle style) {
  auto* layout = drawing_->layout;
  PangoFontDescription* font = pango_font_description_new();
  pango_font_description_set_family(font, "DejaVu Sans, Sans");
  pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
  pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_width(layout, static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_alignment(layout, style.align == Align::right    ? PANGO_ALIGN_RIGHT
                                     : style.align == Align::center ? PANGO_ALIGN_CENTER
                                                                    : PANGO_ALIGN_LEFT);
  pango_layout_set_text(layout, text.data(), static_cast<int>(text.size()));
  set_gray(drawing_->cairo, style.gray);
  cairo_move_to(drawing_->cairo, x, y);
  pango_cairo_show_layout(drawing_->cairo, layout);
  int text_height = 0;
  pango_layout_get_size(layout, nullptr, &text_height);
  return static_cast<double>(text_height) / PANGO_SCALE;
}

void Pages::box(double x, double y, double width, double height, double gray) {
  set_gray(drawing_->cairo, gray);
  cairo_rectangle(drawing_->cairo, x, y, width, height);
  cairo_fill(drawing_->cairo);
}

void Pages::frame(double x, double y, double width, double height, double gray) {
  set_gray(drawing_->cairo, gray);
  cairo_set_line_width(drawing_->cairo, 0.5);
  cairo_rectangle(drawing_->cairo, x + 0.25, y + 0.25, width - 0.5, height - 0.5);
  cairo_stroke(drawing_->cairo);
}

void Pages::line(double x1, double y1, double x2, double y2, double gray) {
  set_gray(drawing_->cairo, gray);
  cairo_set_line_width(drawing_->cairo, 0.5);
  cairo_move_to(drawing_->cairo, x1, y1);
  cairo_line_to(drawing_->cairo, x2, y2);
  cairo_stroke(drawing_->cairo);
}

void Pages::path(const std::vector<Point>& points, double width, double gray) {
  if (points.empty()) return;
  auto* cairo = drawing_->cairo;
  set_gray(cairo, gray);
  cairo_set_line_width(cairo, width);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
  cairo_new_path(cairo);
  // A path of one point is a dot.
  cairo_move_to(cairo, points.front().x, points.front().y);
  for (const auto& point : points) cairo_line_to(cairo, point.x, point.y);
  cairo_stroke(cairo);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_BUTT);
}

void Pages::next_page() {
  cairo_show_page(drawing_->cairo);
  ++page_;
}

void Pages::finish() {
  cairo_surface_finish(drawing_->surface);
  MONITRON_EXPECTS(cairo_surface_status(drawing_->surface) == CAIRO_STATUS_SUCCESS);
}

}  // namespace monitron::report
