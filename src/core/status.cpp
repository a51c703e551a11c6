// Checks statuses, and writes the lower-case form that is looked up when a status is not found as
// it was given.
#include "core/status.hpp"

namespace export_leads::core {

StatusProblem check_status(std::string_view status) noexcept {
  if (status.empty()) return StatusProblem::empty;
  if (status.size() > kStatusMaximum) return StatusProblem::too_long;
  for (const char c : status) {
    if (!is_status_character(c)) return StatusProblem::bad_character;
  }
  return StatusProblem::none;
}

char* write_lower(char* out, std::string_view text) noexcept {
  for (const char c : text) *out++ = to_lower(c);
  return out;
}

}  // namespace export_leads::core
