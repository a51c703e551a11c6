"""Prints results as Markdown tables."""

import math


def heading(text):
    print(f"\n### {text}\n", flush=True)


def table(header, rows):
    """The first column is text, the others are numbers."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" + "---:|" * (len(header) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def milliseconds(seconds, timeout=None):
    if seconds is None:
        return ""
    if math.isinf(seconds):
        return f"> {timeout * 1000:,.0f}"
    value = seconds * 1000
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(part, whole, goal=None, timeout=None):
    """How many times the whole the part is, and whether that is within the goal, where there is one."""
    if part is None or whole is None or math.isinf(whole):
        return ""
    value = part / whole
    text = f"> {timeout / whole:,.0f}" if math.isinf(value) else f"{value:.2f}"
    return text if goal is None else f"{text} (goal {goal:g}: {'met' if value <= goal else 'not met'})"


def best(times, name):
    """The shortest time of a contestant that was measured with more than one shape of the query; None without any."""
    prefix, _, suffix = name.partition("{}")
    found = [seconds for label, seconds in times.items() if label.startswith(prefix) and label.endswith(suffix)]
    return min(found, default=None)
