#!/usr/bin/env python3
"""The least of installers: takes every file of some projects. For `bonded-pip --with`, where it matters not which it is.

    fetch.py NAME...

Prints {"filename": sha256} of all of them. Ends with 1 where something is not to be had.
"""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urljoin

JSON = "application/vnd.pypi.simple.v1+json"


def fetch(projects):
    files = {}
    for project in projects:
        url = urljoin(os.environ["PIP_INDEX_URL"], f"{project}/")
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": JSON})) as answer:
            page = json.load(answer)
        for file in page["files"]:
            with urllib.request.urlopen(urljoin(url, file["url"])) as answer:
                files[file["filename"]] = hashlib.sha256(answer.read()).hexdigest()
    return files


if __name__ == "__main__":
    try:
        print(json.dumps(fetch(sys.argv[1:])))
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code} {error.reason}")
