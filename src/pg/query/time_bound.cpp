// Reads a time as PostgreSQL does, under settings of its own, and in each order of a date's parts.
#include "pg/query/time_bound.hpp"

#include "pg/sandbox/sandbox.hpp"

namespace export_leads {
namespace {

constexpr const char* kDateStyles[] = {"ISO, MDY", "ISO, DMY", "ISO, YMD"};
constexpr int kOrderCount = static_cast<int>(lengthof(kDateStyles));

// PostgreSQL's own hint is another DateStyle, which would change nothing here.
void say_how_to_write(void*) {
  if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_DATA_EXCEPTION)
    errhint("Write a day as 2025-12-05, and an instant with its offset, as 2025-12-05 10:00+02.");
}

TimestampTz read_moment(const char* text) {
  ErrorContextCallback callback{error_context_stack, say_how_to_write, nullptr};
  error_context_stack = &callback;
  const TimestampTz moment = DatumGetTimestampTz(DirectFunctionCall3(
      timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
  error_context_stack = callback.previous;
  return moment;
}

[[noreturn]] void raise_ambiguous(const char* text) {
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
           errmsg("the day of \"%s\" depends on the order in which its parts are read", text),
           errhint("Write it with the year first, such as 2025-12-05.")));
  pg_unreachable();
}

// The orders in which a date can be read must all be the same moment. Where it cannot be read in
// any of them, PostgreSQL says why.
TimestampTz read_in_every_order(const char* text) {
  int readable = 0;
  for (const char* style : kDateStyles) {
    pin("DateStyle", style);
    readable += is_date_time(text) ? 1 : 0;
  }
  if (readable > 0 && readable < kOrderCount) raise_ambiguous(text);
  const TimestampTz moment = read_moment(text);
  for (const char* style : kDateStyles) {
    pin("DateStyle", style);
    if (read_moment(text) != moment) raise_ambiguous(text);
  }
  return moment;
}

}  // namespace

TimestampTz bound_in_zone(const char* text, const char* zone) {
  if (std::strlen(text) > MAXDATELEN)
    ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                    errmsg("a time must not be longer than %d bytes", MAXDATELEN)));
  const int settings = NewGUCNestLevel();
  pin("timezone_abbreviations", "Default");
  pin_time_zone(zone);
  const TimestampTz moment = read_in_every_order(text);
  AtEOXact_GUC(false, settings);
  return moment;
}

}  // namespace export_leads
