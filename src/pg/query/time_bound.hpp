// The bounds of a range of creation times, which mean something once the site's time zone is known.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The moment that a text means in the time zone `zone`, whatever the session's settings are: with
/// an offset it is that instant, without one it is local time there. Raises 22007, 22008 and 22023
/// as timestamptz's input does, and 22007 where the day would depend on the DateStyle.
TimestampTz bound_in_zone(const char* text, const char* zone);

}  // namespace export_leads
