#include "engine/export/sheets.hpp"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <array>

namespace aorta::exports {
namespace {

/// Named, so that no setting of the machine chooses another: its Debian package is fonts-dejavu-core.
constexpr const char* family = "DejaVu Sans";
struct form {
  double size;
  PangoWeight weight;
};
constexpr std::array<form, 5> forms{{{15, PANGO_WEIGHT_BOLD},
                                     {10.5, PANGO_WEIGHT_BOLD},
                                     {8, PANGO_WEIGHT_BOLD},
                                     {8, PANGO_WEIGHT_NORMAL},
                                     {6.8, PANGO_WEIGHT_NORMAL}}};

struct freed {
  void operator()(char* text) const noexcept { g_free(text); }
};
using glib_text = std::unique_ptr<char, freed>;

/// Greek that came in decomposed letters is found by whoever searches for composed ones.
std::string composed(std::string_view text) {
  const glib_text valid(g_utf8_make_valid(text.data(), gssize(text.size())));
  const glib_text out(g_utf8_normalize(valid.get(), -1, G_NORMALIZE_NFC));
  return out ? out.get() : valid.get();
}

cairo_status_t keep(void* into, const unsigned char* bytes, unsigned size) {
  static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

/// Metrics of the font itself: a page must not depend on the resolution of a screen.
void measure_exactly(PangoContext* context) {
  auto* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context, options);
  pango_cairo_context_set_resolution(context, 72);
  pango_context_set_round_glyph_positions(context, FALSE);
  cairo_font_options_destroy(options);
}

} // namespace

struct sheets::pen {
  std::string bytes;
  cairo_surface_t* surface = nullptr;
  cairo_t* on = nullptr;
  PangoContext* context = nullptr;
  std::array<PangoFontDescription*, forms.size()> fonts{};

  pen() {
    surface = cairo_pdf_surface_create_for_stream(keep, &bytes, sheet_width, sheet_height);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    on = cairo_create(surface);
    context = pango_cairo_create_context(on);
    measure_exactly(context);
    for (size_t i = 0; i < forms.size(); ++i) {
      fonts[i] = pango_font_description_new();
      pango_font_description_set_family_static(fonts[i], family);
      pango_font_description_set_weight(fonts[i], forms[i].weight);
      pango_font_description_set_absolute_size(fonts[i], forms[i].size * PANGO_SCALE);
    }
  }
  ~pen() {
    for (auto* each : fonts) pango_font_description_free(each);
    g_object_unref(context);
    cairo_destroy(on);
    cairo_surface_destroy(surface);
  }
  pen(const pen&) = delete;
  pen& operator=(const pen&) = delete;

  void say(cairo_pdf_metadata_t what, const std::string& text) const {
    cairo_pdf_surface_set_metadata(surface, what, text.c_str());
  }
  void gray(double value) const { cairo_set_source_rgb(on, value, value, value); }
};

sheets::sheets(const sheet_facts& about) : pen_(std::make_unique<pen>()) {
  pen_->say(CAIRO_PDF_METADATA_TITLE, composed(about.title));
  pen_->say(CAIRO_PDF_METADATA_AUTHOR, composed(about.author));
  pen_->say(CAIRO_PDF_METADATA_SUBJECT, composed(about.subject));
  pen_->say(CAIRO_PDF_METADATA_CREATOR, about.creator);
  pen_->say(CAIRO_PDF_METADATA_CREATE_DATE, about.made);
  pen_->say(CAIRO_PDF_METADATA_MOD_DATE, about.made);
}

sheets::~sheets() = default;

laid sheets::lay(face how, std::string_view text, double width, side at) {
  auto* layout = pango_layout_new(pen_->context);
  laid out;
  out.lines = std::shared_ptr<void>(layout, [](void* one) { g_object_unref(one); });
  pango_layout_set_font_description(layout, pen_->fonts[size_t(how)]);
  pango_layout_set_width(layout, int(width * PANGO_SCALE));
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_alignment(layout, at == side::left ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT);
  pango_layout_set_auto_dir(layout, FALSE);
  const auto clean = composed(text);
  pango_layout_set_text(layout, clean.data(), int(clean.size()));
  PangoRectangle size;
  pango_layout_get_extents(layout, nullptr, &size);
  out.width = double(size.width) / PANGO_SCALE;
  out.height = double(size.height) / PANGO_SCALE;
  return out;
}

void sheets::draw(const laid& what, double x, double y, double gray) {
  pen_->gray(gray);
  cairo_move_to(pen_->on, x, y);
  pango_cairo_show_layout(pen_->on, static_cast<PangoLayout*>(what.lines.get()));
}

void sheets::rule(double x1, double y1, double x2, double y2, double thickness, double gray) {
  path({{x1, y1}, {x2, y2}}, thickness, gray);
}

void sheets::box(double x, double y, double width, double height, double gray) {
  pen_->gray(gray);
  cairo_rectangle(pen_->on, x, y, width, height);
  cairo_fill(pen_->on);
}

void sheets::path(const std::vector<std::pair<double, double>>& points, double thickness, double gray) {
  pen_->gray(gray);
  cairo_set_line_width(pen_->on, thickness);
  cairo_new_path(pen_->on);
  for (const auto& [x, y] : points) cairo_line_to(pen_->on, x, y);
  cairo_stroke(pen_->on);
}

void sheets::dot(double x, double y, double radius, double gray) {
  pen_->gray(gray);
  cairo_new_path(pen_->on);
  cairo_arc(pen_->on, x, y, radius, 0, 6.283185307179586);
  cairo_fill(pen_->on);
}

void sheets::begin(const char* tag) { cairo_tag_begin(pen_->on, tag, nullptr); }
void sheets::end(const char* tag) { cairo_tag_end(pen_->on, tag); }
void sheets::next_sheet() { cairo_show_page(pen_->on); }

result<std::string> sheets::finish() {
  cairo_show_page(pen_->on);
  cairo_surface_finish(pen_->surface);
  for (const auto status : {cairo_status(pen_->on), cairo_surface_status(pen_->surface)})
    if (status != CAIRO_STATUS_SUCCESS)
      return error{error_code::internal, "",
                   std::string("the PDF could not be made: ") + cairo_status_to_string(status)};
  return std::move(pen_->bytes);
}

} // namespace aorta::exports
