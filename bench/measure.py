"""Times contestants in turn (A B C A B C ...), so that what disturbs the machine disturbs all of them."""

import math
import statistics
import time

import psycopg2

# How often more a measurement is repeated that is short: up to so many leads.
REPETITIONS = ((1_000, 20), (20_000, 3))


class Times(list):
    """The seconds of one contestant, round by round."""

    def median(self):
        return math.inf if math.inf in self else statistics.median(self)

    def ratio(self, whole):
        """The median of the ratios of the rounds: what slows a whole round down cancels out."""
        if len(self) != len(whole) or math.inf in self or math.inf in whole:
            return self.median() / whole.median()
        return statistics.median(mine / other for mine, other in zip(self, whole))


def measure(contestants, selection, leads, runs, timeout=None):
    """The Times of each contestant by its label, after a round that warms up.

    With a `timeout` (in seconds, which the session's statement_timeout is then set to) there is no such round, and who
    runs out of time is not tried again: its time is infinite.
    """
    times = {contestant.label(): Times() for contestant in contestants}
    rounds = runs * next((times for most, times in REPETITIONS if leads <= most and runs > 1), 1)
    for number in range(0 if timeout is None else 1, rounds + 1):
        for contestant in contestants:
            taken = times[contestant.label()]
            if math.inf in taken:
                continue
            with contestant.around():
                started = time.perf_counter()
                try:
                    contestant.run(selection)
                    elapsed = time.perf_counter() - started
                except psycopg2.errors.QueryCanceled:
                    elapsed = math.inf
            if number > 0:
                taken.append(elapsed)
    return times
