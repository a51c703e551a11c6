"""What the sessions of the storm have seen, counted together."""

import collections
import csv
import io
import threading

SECRETS = {7: "SECRET7", 13: "SECRET13"}


class Tally:
    """Counts of all threads, and the first few stories behind those that must stay zero."""

    KEPT_STORIES = 5

    def __init__(self, expected):
        self.expected = expected
        self.counts = collections.Counter()
        self.errors = collections.Counter()      # of exporting sessions, by SQLSTATE
        self.happened = collections.Counter()    # disturbances, by name
        self.refused = collections.Counter()     # statements of disturbances, by SQLSTATE
        self.exporters = collections.Counter()   # right exports, by kind of session
        self.moments = collections.defaultdict(list)  # at which a session had a file that a rule may have forbidden
        self.stories = collections.defaultdict(list)
        self.lock = threading.Lock()

    def add(self, what, story=None):
        with self.lock:
            self.counts[what] += 1
            if story is not None and len(self.stories[what]) < self.KEPT_STORIES:
                self.stories[what].append(story)

    def compare(self, kind, request, file):
        """Counts a file that an export has returned."""
        expected = self.expected[request]
        if file == expected:
            with self.lock:
                self.counts["right"] += 1
                self.exporters[kind] += 1
            return
        expected_records = set(expected.split("\r\n"))
        unexpected = next((record for record in file.split("\r\n") if record not in expected_records), None)
        self.add(fault(request, file, expected),
                 f"{kind}, {request}: {len(file)} characters instead of {len(expected)}, "
                 f"{leads_in(file).total()} leads instead of {leads_in(expected).total()}, "
                 f"the first record that is not expected: {unexpected and unexpected[:200]!a}")

    def note_error(self, kind, code, words, is_allowed):
        with self.lock:
            self.errors[code] += 1
        if not is_allowed:
            self.add("unexpected", f"{kind}: {code}: {words}")
        self.note_words(kind, words)

    def note_moment(self, kind, moment):
        with self.lock:
            self.moments[kind].append(moment)

    def note_words(self, kind, words):
        """An error or a notice, in which no row's data has any business."""
        if any(secret in words for secret in SECRETS.values()):
            self.add("leaks", f"{kind}: {words}")

    def compare_states(self, kind, before, after):
        if before != after:
            changes = {name: (before[name], after[name]) for name in before if before[name] != after.get(name)}
            self.add("residues", f"{kind}: {changes}")

    def note_disturbance(self, name):
        with self.lock:
            self.happened[name] += 1

    def note_refusal(self, name, error):
        with self.lock:
            self.refused[error.pgcode] += 1
            if error.pgcode == "XX000" and "tuple concurrently" not in str(error):
                self.stories["internal"].append(f"{name}: {error}")


def fault(request, file, expected):
    """What is wrong with a file: the gravest of it."""
    tenant = request[0]
    leads, expected_leads = leads_in(file), leads_in(expected)
    if SECRETS[20 - tenant] in file:
        return "leaks"
    if any(times > 1 for times in leads.values()):
        return "doubled"
    if expected_leads - leads:
        return "short"
    return "wrong"


def leads_in(file):
    """How often each lead is in a file."""
    return collections.Counter(record.get("lead_id") for record in csv.DictReader(io.StringIO(file[1:], newline="")))
