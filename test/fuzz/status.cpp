// Any bytes as a status: taken or refused as [A-Za-z0-9_-]{1,64} says, and its lower case.
#include "core/status.hpp"

#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

using core::StatusProblem;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kOthers = "0123456789_-";

bool is_among(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

StatusProblem expected_problem(std::string_view status) {
  const bool taken = std::all_of(status.begin(), status.end(), [](char c) {
    return is_among(c, kLower) || is_among(c, kUpper) || is_among(c, kOthers);
  });
  return status.empty()       ? StatusProblem::empty
         : status.size() > 64 ? StatusProblem::too_long
         : !taken             ? StatusProblem::bad_character
                              : StatusProblem::none;
}

void check_lower(std::string_view status, const std::string& lower) {
  expect(lower.size() == status.size(), "lower case is as long");
  for (std::size_t i = 0; i < status.size(); ++i) {
    const std::size_t letter = kUpper.find(status[i]);
    const char expected = letter == std::string_view::npos ? status[i] : kLower[letter];
    expect(lower[i] == expected, "lower case changes the letters A-Z only");
  }
  expect(core::check_status(lower) == core::check_status(status), "lower case is as good");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace export_leads;
  const test::LoneText text{test::FuzzInput{data, size}.take_rest()};
  const std::string_view status = text.view();
  test::expect(core::check_status(status) == test::expected_problem(status), "the status rules");
  test::check_lower(status, test::written_within(status.size(), [&](char* out) {
                      return core::write_lower(out, status);
                    }));
  return 0;
}
