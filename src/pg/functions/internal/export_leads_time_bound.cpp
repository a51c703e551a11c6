// The type export_leads_time_bound, which holds the text of a time as it was given: which moment
// that is depends on the site's time zone, and so is asked when an export runs.
#include "pg/query/time_bound.hpp"

extern "C" {
#include "libpq/pqformat.h"

PG_FUNCTION_INFO_V1(export_leads_time_bound_in);
PG_FUNCTION_INFO_V1(export_leads_time_bound_recv);
PG_FUNCTION_INFO_V1(export_leads_time_bound_of_instant);
PG_FUNCTION_INFO_V1(export_leads_time_bound_of_local);
PG_FUNCTION_INFO_V1(export_leads_time_bound_of_date);
}

namespace export_leads {
namespace {

// What can be read in one zone can be in another, but for the ends of what there is.
Datum checked_bound(const char* text) {
  (void)bound_in_zone(text, "UTC");
  return CStringGetTextDatum(text);
}

Datum infinite_bound(bool is_beginning) {
  return CStringGetTextDatum(is_beginning ? "-infinity" : "infinity");
}

// ISO 8601's form, which means the same under every DateStyle: in UTC with its offset, or local
// time without one.
Datum finite_bound(Timestamp time, bool with_offset) {
  pg_tm fields{};
  fsec_t fraction = 0;
  if (timestamp2tm(time, nullptr, &fields, &fraction, nullptr, nullptr) != 0)
    ereport(ERROR,
            (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
  fields.tm_isdst = 0;  // what timestamp2tm() leaves negative would print no offset
  char text[MAXDATELEN + 1];
  EncodeDateTime(&fields, fraction, with_offset, 0, nullptr, USE_ISO_DATES, text);
  return CStringGetTextDatum(text);
}

}  // namespace
}  // namespace export_leads

/// _export_leads_time_bound_in(cstring): raises what bound_in_zone() raises.
Datum export_leads_time_bound_in(PG_FUNCTION_ARGS) {
  PG_RETURN_DATUM(export_leads::checked_bound(PG_GETARG_CSTRING(0)));
}

/// _export_leads_time_bound_recv(internal): the text in binary form, as that of a text.
Datum export_leads_time_bound_recv(PG_FUNCTION_ARGS) {
  auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  int size = 0;
  const char* given = pq_getmsgtext(message, message->len - message->cursor, &size);
  PG_RETURN_DATUM(export_leads::checked_bound(given));
}

/// _export_leads_time_bound(timestamptz)
Datum export_leads_time_bound_of_instant(PG_FUNCTION_ARGS) {
  const TimestampTz instant = PG_GETARG_TIMESTAMPTZ(0);
  PG_RETURN_DATUM(TIMESTAMP_NOT_FINITE(instant)
                      ? export_leads::infinite_bound(TIMESTAMP_IS_NOBEGIN(instant))
                      : export_leads::finite_bound(instant, true));
}

/// _export_leads_time_bound(timestamp)
Datum export_leads_time_bound_of_local(PG_FUNCTION_ARGS) {
  const Timestamp local = PG_GETARG_TIMESTAMP(0);
  PG_RETURN_DATUM(TIMESTAMP_NOT_FINITE(local)
                      ? export_leads::infinite_bound(TIMESTAMP_IS_NOBEGIN(local))
                      : export_leads::finite_bound(local, false));
}

/// _export_leads_time_bound(date)
Datum export_leads_time_bound_of_date(PG_FUNCTION_ARGS) {
  const DateADT date = PG_GETARG_DATEADT(0);
  if (DATE_NOT_FINITE(date)) PG_RETURN_DATUM(export_leads::infinite_bound(DATE_IS_NOBEGIN(date)));
  pg_tm fields{};
  j2date(date + POSTGRES_EPOCH_JDATE, &fields.tm_year, &fields.tm_mon, &fields.tm_mday);
  char day[MAXDATELEN + 1];
  EncodeDateOnly(&fields, USE_ISO_DATES, day);
  PG_RETURN_DATUM(CStringGetTextDatum(day));
}
