// Counts digits.
#include "core/decimal.hpp"

#include <algorithm>

namespace export_leads::core {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_decimal(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  return !whole.empty() && whole.find_first_not_of(kDigits) == std::string_view::npos &&
         fraction.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string_view without_zeros_at_end(std::string_view text) noexcept {
  if (text.find('.') == std::string_view::npos) return text;
  text = text.substr(0, text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

/// The digits from the first that is not zero.
std::size_t digits_of(std::string_view text) noexcept {
  const std::string_view digits = text.substr(std::min(text.find_first_not_of("-0."), text.size()));
  return digits.size() - static_cast<std::size_t>(std::count(digits.begin(), digits.end(), '.'));
}

}  // namespace

std::string_view exact_decimal(std::string_view text) noexcept {
  if (!is_decimal(text)) return {};
  text = without_zeros_at_end(text);
  return text.size() <= kDecimalBound && digits_of(text) <= kExactDigits ? text
                                                                         : std::string_view{};
}

}  // namespace export_leads::core
