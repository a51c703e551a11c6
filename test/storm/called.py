"""Disturbances of what exports call and are ruled by while they run: functions, the reader, grants."""

from broken_setup import reader_disturbances
from dba import Disturbance

FUNCTIONS = ("is_live_in_sql", "is_live_in_plpgsql", "is_asked", "is_shown", "is_heard")
REQUIRE_GRANTS = "SELECT storm.require_grants(true)"
REQUIRE_NO_GRANTS = "SELECT storm.require_grants(false)"
GRANT = "SELECT storm.grant()"
REVOKE = "SELECT storm.revoke()"


def all_disturbances():
    return [
        *reader_disturbances(),
        *[Disturbance(f"function of an accepted policy: {function}",
                      (f"SELECT storm.replace('{function}', 'false')", f"SELECT storm.replace('{function}', 'true')"))
          for function in FUNCTIONS],
        Disturbance("grants required", (REQUIRE_GRANTS, REQUIRE_NO_GRANTS) * 2),
        Disturbance("grant taken back", (REQUIRE_GRANTS, *(GRANT, REVOKE) * 2, REQUIRE_NO_GRANTS)),
    ]
