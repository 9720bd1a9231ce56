"""Waiting for something to become true, never longer than said."""

import time


def wait_until(condition, what, seconds=30.0, every=0.02):
    """The first truthy value of `condition()`; fails the test if none comes within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)
