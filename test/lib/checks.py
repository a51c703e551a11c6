"""Makes checks, and shows each as a line of TAP."""

import sys
import time
import traceback


class Failure(Exception):
    """What was found is not what must be."""


class Skip(Exception):
    """Why a check cannot be made here."""


def expect(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}: {str(got)[:400]!a} instead of {str(wanted)[:400]!a}")


class Checks:
    """Counts checks; what is about to be checked may have a name in front of its checks', as `subject`."""

    def __init__(self):
        self.subject = ""
        self.passed = self.failed = self.skipped = 0
        sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)

    def check(self, name, action, *arguments):
        """What the action returns is shown as a remark."""
        started = time.monotonic()
        try:
            remark = action(*arguments)
            self.passed += 1
            print(f"ok - {self.subject}{name} ({time.monotonic() - started:.1f} s{'; ' + remark if remark else ''})")
        except Skip as reason:
            self.skipped += 1
            print(f"ok - {self.subject}{name} # SKIP {reason}")
        except Failure as failure:
            self.failed += 1
            print(f"not ok - {self.subject}{name}\n#   {failure}")
        except Exception:  # the other checks go on
            self.failed += 1
            print(f"not ok - {self.subject}{name}")
            print("\n".join(f"#   {line[:300]}" for line in traceback.format_exc().splitlines()))

    def that(self, is_right, name, remarks=()):
        """A check that has been made, and what there is to say of it."""
        if is_right:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if is_right else 'not ok'} - {self.subject}{name}")
        for remark in remarks:
            print("\n".join(f"#   {line}" for line in str(remark).splitlines()))

    def close(self):
        """The suite's last line; returns its status."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 1 if self.failed else 0
