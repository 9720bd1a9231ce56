"""Index pages per second, out of our memory and out of nginx's open files."""

import re

from figures import Aim, median
from nginx import Site
from support import commands
from support.distributions import wheel
from support.index import HTML
from support.uploading import publish

SIZES = {"2 KB": 2_000, "20 KB": 20_000}


def measure(bench, table):
    table.group("Requests per second: a project's page, 64 connections kept alive, no gzip")
    with bench.index() as index:
        pages = {label: page_of(index, label, size) for label, size in SIZES.items()}
        compare(bench, table, index, pages, logs=False)
    with bench.index(settings={"BONDED_HTTP_ACCESS_LOG": "true"}) as index:
        label = next(iter(pages))
        compare(bench, table, index, {label: pages[label]}, logs=True)


def page_of(index, label, size):
    """A project whose page has about `size` bytes."""
    project = f"bench-page-{label.replace(' ', '').lower()}"
    lengths, files = [], 0
    while True:
        files += 1
        publish(index, wheel(project, f"1.{files}"))
        if files <= 2:
            lengths.append(len(page(index, project).content))
        if files >= 2 and lengths[0] + (lengths[1] - lengths[0]) * (files - 0.5) >= size:
            return project


def page(index, project):
    answer = index.get(index.page_url(project), headers={"Accept": HTML})
    assert answer.status_code == 200, answer.text
    return answer


def compare(bench, table, index, projects, logs):
    site = Site(bench.folder / f"nginx-logs-{logs}")
    answers = {label: page(index, project) for label, project in projects.items()}
    for label, answer in answers.items():
        site.add(projects[label], answer.content, answer)
    with site.served(logs=logs) as nginx:
        for label, project in projects.items():
            ours, theirs = index.page_url(project), nginx.base_url + project
            assert index.get(theirs).content == answers[label].content
            rates = {ours: [], theirs: []}
            for url in rates:
                load(url, seconds=1)
            for _ in range(bench.pick(3, 1)):
                for url, measured in rates.items():
                    measured.append(load(url, seconds=bench.pick(5, 1)))
            size = len(answers[label].content)
            table.add(
                f"page of {size / 1000:.1f} kB" + (", access log on" if logs else ""),
                median(rates[ours]), "/s", median(rates[theirs]), "nginx", Aim(ratio_at_least=1.0),
            )  # fmt: skip


def load(url, seconds):
    """Requests per second."""
    said = commands.run(
        "wrk", "-t2", "-c64", f"-d{seconds}s", "-H", f"Accept: {HTML}", url, timeout=seconds + 30
    ).succeeded()
    assert "Non-2xx" not in said.output and "Socket errors" not in said.output, said.describe()
    return float(re.search(r"Requests/sec:\s*([\d.]+)", said.output)[1])
