"""Disturbances of what exports call and are ruled by while they run: functions, the reader, grants."""

from broken_setup import reader_disturbances
from dba import Disturbance

FUNCTIONS = ("is_live_in_sql", "is_live_in_plpgsql", "is_asked", "is_shown", "is_heard")


def all_disturbances():
    return [
        *reader_disturbances(),
        *[Disturbance(f"function of an accepted policy: {function}",
                      (f"SELECT storm.replace('{function}', 'false')", f"SELECT storm.replace('{function}', 'true')"))
          for function in FUNCTIONS],
        Disturbance("grants required", ("SELECT storm.require_grants()", "SELECT storm.require_no_grants()") * 3),
    ]
