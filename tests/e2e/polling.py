"""Waiting without guessing how long."""

import time


def eventually(probe, within=10.0, what=None):
    """Returns the first true value of `probe()`; fails when there is none in time."""
    deadline = time.monotonic() + within
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what or getattr(probe, '__name__', probe)} (last: {value!r})")
        time.sleep(0.02)
