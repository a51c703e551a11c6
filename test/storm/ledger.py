"""What the sessions of the storm know of the files that they have kept."""

import threading


class Ledger:
    """Which files are there, are about to go, and are gone; a session says so before it does what makes one go."""

    def __init__(self):
        self.requests = {}    # of all that were saved, by id
        self.leaving = set()  # those that somebody forgets or purges, or has
        self.gone = set()     # of these, those that certainly are no longer there
        self.doubts = 0       # saves of which nobody learned whether they were committed
        self.lock = threading.Lock()

    def add(self, export_id, request):
        with self.lock:
            self.requests[export_id] = request

    def doubt(self, times=1):
        with self.lock:
            self.doubts += times

    def leave(self, export_id):
        """Notes that somebody is about to make it go."""
        with self.lock:
            self.leaving.add(export_id)

    def go(self, export_id):
        with self.lock:
            self.leaving.add(export_id)
            self.gone.add(export_id)

    def some(self, seeded, lasting=False):
        """A file, and what was requested; mostly one that may be there, with `lasting` one that nobody has made go."""
        with self.lock:
            absent = self.leaving if lasting else self.gone if seeded.random() < 0.9 else ()
            those = [entry for entry in self.requests.items() if entry[0] not in absent]
        return seeded.choice(those) if those else None

    def must_be_there(self, export_id):
        with self.lock:
            return export_id in self.requests and export_id not in self.leaving

    def must_be_gone(self, export_id):
        with self.lock:
            return export_id in self.gone

    def lasting(self):
        with self.lock:
            return {export_id: request for export_id, request in self.requests.items()
                    if export_id not in self.leaving}
