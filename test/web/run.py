"""Runs the tests of one file, and prints them as TAP:  run.py FILE"""

import sys
import unittest
from pathlib import Path


class TapResult(unittest.TestResult):
    def line(self, word, test, remark=""):
        name = test.id().rpartition(".")[2].replace("test_", "", 1).replace("_", " ")
        print(f"{word} - {name}{remark}", flush=True)

    def addSuccess(self, test):
        self.line("ok", test)

    def addSkip(self, test, reason):
        self.line("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line("not ok", test, "\n" + self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self.line("not ok", test, "\n" + self.errors[-1][1])

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.line("not ok", test, f" {subtest.params}\n{(self.failures + self.errors)[-1][1]}")


sys.stdout.reconfigure(encoding="utf-8")
tests = unittest.TestLoader().discover(str(Path(__file__).parent), pattern=sys.argv[1])
result = TapResult()
tests.run(result)
sys.exit(0 if result.wasSuccessful() else 1)
