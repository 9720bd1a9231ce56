"""Many uploaders at once, each a process with its requests made beforehand, so that no client is the bottleneck."""

import json
import multiprocessing
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from support.distributions import wheel
from wheels import upload_request
from wire import Connection

FILES_PER_PROJECT = 10


@dataclass(frozen=True)
class Upload:
    """One upload: when it began, when it was answered and when clients could verify it (seconds, monotonic)."""

    began: float
    answered: float
    verifiable: float


@dataclass(frozen=True)
class Load:
    uploads: list
    last: object  # the distribution that was uploaded last

    @property
    def rate(self):
        """Uploads per second, from the first one's begin to the last one's end."""
        return len(self.uploads) / (max(each.verifiable for each in self.uploads) - self.began)

    @property
    def began(self):
        return min(each.began for each in self.uploads)

    def latencies(self):
        """Milliseconds from the start of the request until the file can be verified."""
        return [(each.verifiable - each.began) * 1000 for each in self.uploads]


def distribution(name, uploader, number):
    # A letter between the numbers: the index takes 1-10 and 11-0 for look-alikes.
    project = f"bench-{name}-{uploader}n{number // FILES_PER_PROJECT}"
    return wheel(project, f"1.{number % FILES_PER_PROJECT}", payload=f"{project} {number}".encode() * 40)


def upload_many(index, name, uploaders, files_each, seconds=None, waits=True):
    """Uploads `files_each` small wheels from each of `uploaders` processes, or what they can in `seconds`.

    `waits`: each uploader looks at timestamp.json after an answer, until it names the snapshot of the answer.
    """
    context = multiprocessing.get_context("fork")
    start = context.Barrier(uploaders)
    workers = []
    for uploader in range(uploaders):
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(
            target=work, args=(index, name, uploader, files_each, seconds, waits, start, theirs), daemon=True
        )
        worker.start()
        theirs.close()
        workers.append((worker, ours))
    results = []
    for worker, pipe in workers:
        try:
            results.append(pipe.recv())
        except EOFError:
            results.append("an uploader ended without a result")
        worker.join()
    broken = [result for result in results if isinstance(result, str)]
    assert not broken, broken[0]
    uploads = [upload for result in results for upload in result]
    latest = max(range(uploaders), key=lambda uploader: results[uploader][-1].verifiable)
    return Load(uploads, distribution(name, latest, len(results[latest]) - 1))


def work(index, name, uploader, files_each, seconds, waits, start, pipe):
    try:
        requests = [
            upload_request(index.upload_url, index.token, distribution(name, uploader, number))
            for number in range(files_each)
        ]
        connection = Connection(index.base_url)
        timestamp = urlsplit(index.metadata_url).path + "timestamp.json"
        start.wait()
        deadline = time.monotonic() + (seconds or 3600)
        uploads = []
        for request in requests:
            uploads.append(upload_one(connection, request, timestamp if waits else None))
            if time.monotonic() >= deadline:
                break
        pipe.send(uploads)
    except Exception as error:
        start.abort()
        pipe.send(f"{type(error).__name__}: {error}")


def upload_one(connection, request, timestamp):
    began = time.monotonic()
    connection.send(request)
    status, headers, body = connection.receive()
    answered = time.monotonic()
    assert status == 200, f"{status}: {body.decode(errors='replace')[:500]}"
    if timestamp is None:
        return Upload(began, answered, answered)
    assert "x-bonded-snapshot" in headers, f"no snapshot carries it yet: {body.decode(errors='replace')[:500]}"
    snapshot = int(headers["x-bonded-snapshot"])
    while True:
        status, _, body = connection.get(timestamp)
        assert status == 200, f"timestamp.json: {status}"
        if json.loads(body)["signed"]["meta"]["snapshot.json"]["version"] >= snapshot:
            return Upload(began, answered, time.monotonic())
