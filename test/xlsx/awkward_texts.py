"""Texts that are hard to keep as they are."""

PIECES = ["שלום", "a", "=", "+", "1", " ", "\n", "\t", "\r", "\r\n", "&", "<", ">", '"', "'", "_x0041_", "_x00", "_",
          "\x01", "\x1f", "\x7f", "\u0085", "😀", "ג׳", "\u200f", "\u2028", "]]>", "<!--", "\ufeff", "\ufffd"]
AWKWARD = ["=1+2", "+972501234567", "+972 50 123-4567", "0501234567", "-5", "@SUM(A1)", "=cmd|'/c calc'!A1", " a ",
           "\n", "a\nb", "a\r\nb", "1e5", "TRUE", "#N/A", "2025-12-23", "_x000D_", "_x0041\r", "]]>", "&lt;",
           "x" * 32767]


def random_text(source):
    return "".join(source.choice(PIECES) for _ in range(source.randrange(12)))
