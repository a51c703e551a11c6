// The bounds of a range of creation times. The type export_leads_time_bound holds a bound as the
// text that was given. Which moment it means is decided when an export runs, in the site's time
// zone.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The moment that a text means in the time zone `zone`, whatever the session's settings: a text
/// with an offset is that instant, one without is local time in `zone`. Raises 22007, 22008 and
/// 22023 as timestamptz's input function does, and 22007 where the day depends on DateStyle.
TimestampTz bound_in_zone(const char* text, const char* zone);

/// A bound from a text. Raises what bound_in_zone() raises. The text is checked in UTC: what can be
/// read in one time zone can be read in any other, except close to the limits of timestamptz.
Datum bound_of_text(const char* text);

/// A bound from an instant, from a time in the site's time zone, and from a date, which means the
/// beginning of that day there. They raise 22008 for a time out of range.
Datum bound_of_instant(TimestampTz instant);
Datum bound_of_local(Timestamp local);
Datum bound_of_date(DateADT date);

}  // namespace export_leads
