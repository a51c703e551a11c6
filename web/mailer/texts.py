"""Texts from elsewhere, made harmless for headers, logs and pages."""

import unicodedata

# What turns the direction of the text around it, up to the end of a line or beyond.
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text, longest=200):
    """Without what could begin a line or a header, move a cursor or turn the text around it; at most so long."""
    kept = (" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
            for character in str(text)
            if character not in TURNING and unicodedata.category(character) != "Cs")
    short = " ".join("".join(kept).split())
    return short if len(short) <= longest else short[:longest - 1] + "…"


def size_text(size):
    """Bytes for people: 812 kB, 1.3 MB."""
    for unit, bytes_of_unit in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_of_unit:
            number = size / bytes_of_unit
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{size} B"


def duration_text(seconds):
    for unit, seconds_of_unit in (("h", 3600), ("min", 60)):
        if seconds >= seconds_of_unit and seconds % seconds_of_unit == 0:
            return f"{seconds // seconds_of_unit:.0f} {unit}"
    return f"{seconds:.0f} s"
