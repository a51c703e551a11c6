// Any count of microseconds, with any offset: the text keeps to its bound and its form, and means
// that very moment to a reader with a calendar of its own.
#include "core/timestamp.hpp"

#include <array>
#include <optional>

#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

using Seconds = std::int64_t;

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_of_month(std::int64_t year, int month) {
  constexpr std::array kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays.at(static_cast<std::size_t>(month - 1)) + (month == 2 && is_leap(year) ? 1 : 0);
}

/// Days from the first of January of the year 1 to that of `year`, as a school book counts them.
std::int64_t days_before_year(std::int64_t year) {
  constexpr std::int64_t kCycles = 1000;  // moved where no division is of a negative number
  const std::int64_t before = year - 1 + 400 * kCycles;
  return 365 * before + before / 4 - before / 100 + before / 400 - 146'097 * kCycles;
}

struct Moment {
  Seconds utc_seconds;  // since 2000-01-01
  int microseconds;
};

/// A strict reader of what write_timestamp() may write, by the form that its header states.
class TimestampReader {
 public:
  explicit TimestampReader(std::string_view text) : rest_(text) {}

  Moment read(bool with_offset) {
    const bool before_christ = take_end(" BC");
    const std::int64_t written_year = take_number(4, 6);
    const std::int64_t year = before_christ ? 1 - written_year : written_year;
    expect(written_year > 0, "there is no year 0");
    take("-");
    const int month = take_two(1, 12);
    take("-");
    const int day = take_two(1, days_of_month(year, month));
    take("T");
    Seconds seconds = 3600 * take_two(0, 23);
    take(":");
    seconds += 60 * take_two(0, 59);
    take(":");
    seconds += take_two(0, 59);
    const int fraction = take_fraction();
    const Seconds offset = with_offset ? take_offset() : 0;
    expect(rest_.empty(), "nothing follows");

    std::int64_t days = days_before_year(year) - days_before_year(2000) + day - 1;
    for (int earlier = 1; earlier < month; ++earlier) days += days_of_month(year, earlier);
    return {86'400 * days + seconds - offset, fraction};
  }

 private:
  void take(std::string_view expected) {
    expect(rest_.starts_with(expected), "the text has its form");
    rest_.remove_prefix(expected.size());
  }

  bool take_end(std::string_view end) {
    if (!rest_.ends_with(end)) return false;
    rest_.remove_suffix(end.size());
    return true;
  }

  /// A number of at least `least` digits, with no zero before it where there are more.
  std::int64_t take_number(std::size_t least, std::size_t most) {
    const std::size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    expect(size >= least && size <= most, "a number has its digits");
    expect(size == least || rest_.front() != '0', "no zero too many");
    std::int64_t value = 0;
    for (; rest_.size() > 0 && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1))
      value = 10 * value + (rest_.front() - '0');
    return value;
  }

  int take_two(int least, int most) {
    const auto value = static_cast<int>(take_number(2, 2));
    expect(value >= least && value <= most, "a part of the date or the time is one");
    return value;
  }

  int take_fraction() {
    if (!rest_.starts_with('.')) return 0;
    take(".");
    const auto value = static_cast<int>(take_number(6, 6));
    expect(value != 0, "no fraction is written where there is none");
    return value;
  }

  Seconds take_offset() {
    const bool west = rest_.starts_with('-');
    take(west ? "-" : "+");
    Seconds size = 3600 * take_number(2, 6);
    take(":");
    size += 60 * take_two(0, 59);
    if (rest_.starts_with(':')) {
      take(":");
      size += take_two(1, 59);
    }
    expect(size != 0 || !west, "no offset is no way west");
    return west ? -size : size;
  }

  std::string_view rest_;
};

/// A number out of the input, rounded by one of `units`: else whole seconds, days or hours were
/// rare.
template <typename Integer>
Integer take_rounded(FuzzInput& input, std::array<Integer, 3> units) {
  const Integer unit = units.at(input.take<std::uint8_t>() % units.size());
  return input.take<Integer>() / unit * unit;
}

void check(std::int64_t microseconds, std::optional<std::int32_t> offset) {
  const std::string text = written_within(core::kTimestampBound, [&](char* out) {
    return offset ? core::write_timestamp(out, microseconds, *offset)
                  : core::write_timestamp(out, microseconds);
  });
  const Moment moment = TimestampReader{text}.read(offset.has_value());
  Seconds seconds = microseconds / 1'000'000;
  auto fraction = static_cast<int>(microseconds % 1'000'000);
  if (fraction < 0) {
    fraction += 1'000'000;
    --seconds;
  }
  expect(moment.utc_seconds == seconds && moment.microseconds == fraction, "it is that moment");
}

/// A spreadsheet's form is the other one without its fraction and its offset, and with a blank.
void check_spreadsheet(std::int64_t microseconds, std::int32_t offset) {
  const auto write_with_offset = [&](char* out) {
    return core::write_timestamp(out, microseconds, offset);
  };
  const auto write = [&](char* out) {
    return core::write_spreadsheet_timestamp(out, microseconds, offset);
  };
  std::string expected = written_within(core::kTimestampBound, write_with_offset);
  const std::string era = expected.ends_with(" BC") ? " BC" : "";
  const std::size_t separator = expected.find('T');
  expected.resize(separator + std::string_view{"T23:59:59"}.size());
  expected[separator] = ' ';
  expect(written_within(core::kTimestampBound, write) == expected + era,
         "a spreadsheet gets the same moment");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace export_leads::test;
  FuzzInput input{data, size};
  const auto microseconds = take_rounded<std::int64_t>(input, {1, 1'000'000, 86'400'000'000});
  const auto offset = take_rounded<std::int32_t>(input, {1, 60, 3'600});
  check(microseconds, std::nullopt);
  check(microseconds, offset);
  check_spreadsheet(microseconds, offset);
  return 0;
}
