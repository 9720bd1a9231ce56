"""Uploading from many clients at once, and doing something else meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from .uploading import upload


def upload_all(index, distributions, clients, attempts=1, timeout=60):
    """Uploads from `clients` threads, each on a connection of its own; {distribution: its answer}.

    With several `attempts`, a broken connection or a 5xx answer is tried again, as twine does: then a file may
    have been taken although nobody said so, which the same bytes sent again find out. What no attempt got through
    is left out of the answers.
    """
    sessions = threading.local()

    def one(distribution):
        for _ in range(attempts):
            if not hasattr(sessions, "session"):
                sessions.session = requests.Session()
            try:
                answer = upload(index, distribution, session=sessions.session, timeout=timeout)
            except requests.ConnectionError:
                if attempts == 1:
                    raise
                index.wait_until_alive()
                continue
            if answer.status_code < 500 or attempts == 1:
                return distribution, answer
            index.wait_until_alive()
        return distribution, None

    with ThreadPoolExecutor(clients) as pool:
        return {distribution: answer for distribution, answer in pool.map(one, distributions) if answer is not None}


@contextmanager
def meanwhile(*works):
    """Runs each work, a function of one argument, over and over in a thread of its own while the block runs.

    The argument counts its rounds from 0. What a work raises is raised at the block's end; yields {work: rounds done}.
    """
    stop = threading.Event()
    rounds = dict.fromkeys(works, 0)
    errors = []

    def repeat(work):
        try:
            while not stop.is_set():
                work(rounds[work])
                rounds[work] += 1
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield rounds
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
