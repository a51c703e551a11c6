// Writes a worksheet's XML out of fixed pieces, numbers and names of cells.
#include "core/xlsx/sheet.hpp"

#include <algorithm>
#include <array>

#include "core/ascii.hpp"
#include "core/bytes.hpp"
#include "core/integer.hpp"
#include "core/xlsx/cell_style.hpp"
#include "core/xlsx/serial_date.hpp"

namespace export_leads::core {
namespace {

constexpr std::string_view kHead =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
    "\n"
    R"(<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)"
    R"(<dimension ref=")";
constexpr std::string_view kHeadEnd = "/>";
static_assert(kHead.size() + kRangeBound + 1 + kHeadEnd.size() <= kSheetHeadSize);

/// Writes A to Z, AA to ZZ, AAA and so on.
char* write_column(char* out, std::uint32_t column) noexcept {
  std::array<char, 7> letters;
  char* at = letters.end();
  for (; column > 0; column = (column - 1) / 26) *--at = static_cast<char>('A' + (column - 1) % 26);
  return std::copy(at, letters.end(), out);
}

char* write_cell_begin(char* out, CellPlace place, std::string_view attributes) noexcept {
  out = write_bytes(out, R"(<c r=")");
  out = write_column(out, place.column);
  out = write_integer(out, place.row);
  *out++ = '"';
  return write_bytes(out, attributes);
}

/// Whether nothing in the text has a direction of its own: all characters are ASCII and none is a
/// letter.
bool has_no_direction(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) noexcept { return is_letter(c) || to_byte(c) >= 0x80; });
}

/// Writes a cell of that value. `style` and `type` are attributes, or empty.
char* write_value_cell(char* out, CellPlace place, std::string_view style, std::string_view type,
                       std::string_view value) noexcept {
  out = write_cell_begin(out, place, style);
  out = write_bytes(out, type);
  out = write_bytes(out, "><v>");
  out = write_bytes(out, value);
  return write_bytes(out, "</v></c>");
}

}  // namespace

char* write_range(char* out, CellPlace last, bool absolute) noexcept {
  const std::string_view mark = absolute ? "$" : "";
  const auto write_place = [mark](char* at, CellPlace place) noexcept {
    at = write_column(write_bytes(at, mark), place.column);
    return write_integer(write_bytes(at, mark), place.row);
  };
  out = write_place(out, {1, 1});
  *out++ = ':';
  return write_place(out, last);
}

char* write_sheet_head(char* out, CellPlace last) noexcept {
  char* const end = out + kSheetHeadSize;
  out = write_bytes(out, kHead);
  out = write_range(out, last, false);
  *out++ = '"';
  std::fill(out, end - kHeadEnd.size(), ' ');
  return write_bytes(end - kHeadEnd.size(), kHeadEnd);
}

char* write_sheet_view(char* out, bool right_to_left) noexcept {
  out = write_bytes(out, "<sheetViews><sheetView");
  if (right_to_left) out = write_bytes(out, R"( rightToLeft="1")");
  return write_bytes(
      out,
      R"( tabSelected="1" workbookViewId="0">)"
      R"(<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>)"
      R"(<selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>)"
      R"(<cols>)");
}

char* write_column_width(char* out, std::uint32_t column, std::uint32_t characters) noexcept {
  out = write_bytes(out, R"(<col min=")");
  out = write_integer(out, column);
  out = write_bytes(out, R"(" max=")");
  out = write_integer(out, column);
  out = write_bytes(out, R"(" width=")");
  out = write_integer(out, characters);
  return write_bytes(out, R"(" customWidth="1"/>)");
}

char* write_row_begin(char* out, std::uint32_t row, std::uint32_t lines) noexcept {
  out = write_bytes(out, R"(<row r=")");
  out = write_integer(out, row);
  if (lines > 1) {
    out = write_bytes(out, R"(" ht=")");
    out = write_integer(out, std::int64_t{kLineHeight} * std::min(lines, kShownLines));
  }
  return write_bytes(out, R"(">)");
}

std::string_view style_of(std::string_view text, TextStyle style) noexcept {
  if (style == TextStyle::header) return kHeaderStyle;
  if (text.find('\n') != std::string_view::npos) return kLinesStyle;
  return has_no_direction(text) ? kLeftToRightStyle : kTextStyle;
}

char* write_text_cell(char* out, CellPlace place, std::uint32_t text,
                      std::string_view style) noexcept {
  std::array<char, kIntegerBound> digits;
  return write_value_cell(out, place, style, R"( t="s")",
                          {digits.data(), write_integer(digits.data(), text)});
}

char* write_number_cell(char* out, CellPlace place, std::string_view number) noexcept {
  return write_value_cell(out, place, {}, {}, number);
}

char* write_boolean_cell(char* out, CellPlace place, bool value) noexcept {
  return write_value_cell(out, place, {}, R"( t="b")", value ? "1" : "0");
}

char* write_date_cell(char* out, CellPlace place, std::int32_t days) noexcept {
  std::array<char, kIntegerBound> digits;
  return write_value_cell(out, place, kDateStyle, {},
                          {digits.data(), write_integer(digits.data(), serial_day(days))});
}

char* write_timestamp_cell(char* out, CellPlace place, std::int64_t microseconds) noexcept {
  std::array<char, kSerialDateBound> number;
  return write_value_cell(out, place, kTimestampStyle, {},
                          {number.data(), write_serial_date(number.data(), microseconds)});
}

char* write_sheet_end(char* out, CellPlace last) noexcept {
  out = write_bytes(out, R"(</sheetData><autoFilter ref=")");
  out = write_range(out, last, false);
  out = write_bytes(out, R"("/><ignoredErrors><ignoredError sqref=")");
  out = write_range(out, last, false);
  return write_bytes(out, R"(" numberStoredAsText="1"/></ignoredErrors></worksheet>)");
}

}  // namespace export_leads::core
