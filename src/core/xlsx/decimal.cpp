// Tells by its digits whether a spreadsheet shows a decimal as it is.
#include "core/xlsx/decimal.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace export_leads::core {
namespace {

/// Whether `text` consists of digits, with at most one point somewhere after the first, and with or
/// without a minus sign.
bool is_decimal(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto others =
      std::count_if(text.begin(), text.end(), [](char c) noexcept { return !is_digit(c); });
  const bool has_point = text.find('.') != std::string_view::npos;
  return !text.empty() && is_digit(text.front()) && others == (has_point ? 1 : 0);
}

std::string_view without_zeros_at_end(std::string_view text) noexcept {
  if (text.find('.') == std::string_view::npos) return text;
  while (text.ends_with('0')) text.remove_suffix(1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

/// How many digits `text` has from the first that is not zero.
std::size_t digits_of(std::string_view text) noexcept {
  const auto* const first = std::find_if(text.begin(), text.end(),
                                         [](char c) noexcept { return is_digit(c) && c != '0'; });
  return static_cast<std::size_t>(std::count_if(first, text.end(), is_digit));
}

}  // namespace

std::string_view exact_decimal(std::string_view text) noexcept {
  if (!is_decimal(text)) return {};
  text = without_zeros_at_end(text);
  return text.size() <= kDecimalBound && digits_of(text) <= kExactDigits ? text
                                                                         : std::string_view{};
}

}  // namespace export_leads::core
