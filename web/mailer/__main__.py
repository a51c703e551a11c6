"""Runs the mailer, as `python3 -m mailer` beside the package or by the path of its folder."""

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from mailer.command import main  # noqa: E402

sys.exit(main())
