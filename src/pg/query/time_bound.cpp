// Reads a time with PostgreSQL's own functions under pinned settings, and in each order in which a
// date can be written.
#include "pg/query/time_bound.hpp"

#include "pg/sandbox/sandbox.hpp"

namespace export_leads {
namespace {

constexpr const char* kDateStyles[] = {"ISO, MDY", "ISO, DMY", "ISO, YMD"};
constexpr int kOrderCount = static_cast<int>(lengthof(kDateStyles));

// Replaces PostgreSQL's hint, which suggests another DateStyle: that would change nothing here.
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

// Reads a time in each order of day, month and year. All orders must give the same moment, else
// raises 22007. A text that is invalid in every order raises PostgreSQL's own error.
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

Datum infinite_bound(bool is_beginning) {
  return CStringGetTextDatum(is_beginning ? "-infinity" : "infinity");
}

// A time in the form of ISO 8601, which means the same under every DateStyle: UTC with its offset,
// or local time without an offset.
Datum finite_bound(Timestamp time, bool with_offset) {
  pg_tm fields{};
  fsec_t fraction = 0;
  if (timestamp2tm(time, nullptr, &fields, &fraction, nullptr, nullptr) != 0)
    ereport(ERROR,
            (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
  // timestamp2tm() leaves a negative value here, with which no offset would be printed.
  fields.tm_isdst = 0;
  char text[MAXDATELEN + 1];
  EncodeDateTime(&fields, fraction, with_offset, 0, nullptr, USE_ISO_DATES, text);
  return CStringGetTextDatum(text);
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

Datum bound_of_text(const char* text) {
  (void)bound_in_zone(text, "UTC");
  return CStringGetTextDatum(text);
}

Datum bound_of_instant(TimestampTz instant) {
  return TIMESTAMP_NOT_FINITE(instant) ? infinite_bound(TIMESTAMP_IS_NOBEGIN(instant))
                                       : finite_bound(instant, true);
}

Datum bound_of_local(Timestamp local) {
  return TIMESTAMP_NOT_FINITE(local) ? infinite_bound(TIMESTAMP_IS_NOBEGIN(local))
                                     : finite_bound(local, false);
}

Datum bound_of_date(DateADT date) {
  if (DATE_NOT_FINITE(date)) return infinite_bound(DATE_IS_NOBEGIN(date));
  pg_tm fields{};
  j2date(date + POSTGRES_EPOCH_JDATE, &fields.tm_year, &fields.tm_mon, &fields.tm_mday);
  char day[MAXDATELEN + 1];
  EncodeDateOnly(&fields, USE_ISO_DATES, day);
  return CStringGetTextDatum(day);
}

}  // namespace export_leads
