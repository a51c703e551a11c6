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


def milliseconds(times, timeout=None):
    """The median of measure.Times."""
    if times is None:
        return ""
    seconds = times.median()
    if math.isinf(seconds):
        return f"> {timeout * 1000:,.0f}"
    value = seconds * 1000
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def held_against(value, goal, text=None):
    """A figure and whether it is within the goal, where there is one."""
    text = text or f"{value:.2f}"
    return text if goal is None else f"{text} (goal {goal:g}: {'met' if value <= goal else 'not met'})"


def ratio(part, whole, goal=None, timeout=None):
    """How many times the whole the part is, both measure.Times."""
    if part is None or whole is None or math.isinf(whole.median()):
        return ""
    value = part.ratio(whole)
    return held_against(value, goal, f"> {timeout / whole.median():,.0f}" if math.isinf(value) else None)


def best(times, name):
    """The shortest Times of a contestant that was measured with more than one shape of the query; None without any."""
    prefix, _, suffix = name.partition("{}")
    found = [taken for label, taken in times.items() if label.startswith(prefix) and label.endswith(suffix)]
    return min(found, key=lambda taken: taken.median(), default=None)
