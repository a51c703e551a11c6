// The bounds of a range of creation times, which mean something once the site's time zone is known.
// The type export_leads_time_bound holds the text of a time as it was given; which moment that is
// is asked when an export runs.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The moment that a text means in the time zone `zone`, whatever the session's settings are: with
/// an offset it is that instant, without one it is local time there. Raises 22007, 22008 and 22023
/// as timestamptz's input does, and 22007 where the day would depend on the DateStyle.
TimestampTz bound_in_zone(const char* text, const char* zone);

/// A value of the type, of a text. What can be read in one zone can be in another, but for the ends
/// of what there is. Raises what bound_in_zone() raises.
Datum bound_of_text(const char* text);

/// A value of the type, of an instant, of a time in the site's zone, and of the beginning of a day
/// there. Raises 22008 for a time out of range.
Datum bound_of_instant(TimestampTz instant);
Datum bound_of_local(Timestamp local);
Datum bound_of_date(DateADT date);

}  // namespace export_leads
