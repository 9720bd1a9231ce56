"""`/metrics`, read by Prometheus's own parser."""

import os
import re
import shutil
import signal

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support import claims
from support.commands import REPOSITORY, twine_upload
from support.distributions import wheel
from support.index import HTML
from support.maintainers import Maintainer, facts
from support.waiting import wait_until


@pytest.fixture
def server(new_server):
    return new_server().start()


def read(server):
    """{(name, labels): value}"""
    answer = server.get("/metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.documentation and family.type in ("counter", "gauge", "histogram") for family in families)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples, name, **labels):
    return samples[(name, tuple(sorted(labels.items())))]


def test_traffic_is_counted_by_area_and_status(server, project, tmp_path):
    twine_upload(server, wheel(project).write(tmp_path)).succeeded()
    for _ in range(3):
        assert server.get(server.page_url(project), headers={"Accept": HTML}).status_code == 200
    assert server.get("/simple/no-such-project/").status_code == 404
    samples = read(server)
    assert value(samples, "bonded_http_requests_total", area="upload", code="2xx") == 1
    assert value(samples, "bonded_http_requests_total", area="simple", code="4xx") >= 1
    assert value(samples, "bonded_http_requests_total", area="simple", code="2xx") >= 3
    assert value(samples, "bonded_http_cached_total", area="simple") >= 2
    count = value(samples, "bonded_http_request_seconds_count", area="upload")
    assert count == value(samples, "bonded_http_request_seconds_bucket", area="upload", le="+Inf") == 1
    assert 0 < value(samples, "bonded_http_request_seconds_sum", area="upload") < 30


def test_the_state_of_the_index_is_shown(server, project, tmp_path):
    before = read(server)
    assert value(before, "bonded_signer_leads") == 1
    assert value(before, "bonded_drafts_waiting") == value(before, "bonded_offline_draft_out") == 0
    assert 86_000 < value(before, "bonded_role_expires_seconds", role="timestamp") <= 86_400
    assert value(before, "bonded_role_concerns", role="root") == 1, "one holder only"
    assert value(before, "bonded_role_concerns", role="timestamp") == 0

    alice = Maintainer(server, "alice")
    alice.register()
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1})
    alice.draft(project, add=[facts(wheel(project, "2.0"))])
    claims.draft(server, tmp_path)
    after = read(server)
    assert value(after, "bonded_drafts_waiting") == value(after, "bonded_offline_draft_out") == 1
    assert value(after, "bonded_snapshot_version") == value(before, "bonded_snapshot_version") + 1
    assert value(after, "bonded_snapshot_age_seconds") < 60
    assert value(after, "bonded_pending_transactions") == 0
    assert value(after, "bonded_role_expires_seconds", role="projects") > 360 * 86_400


def test_publications_show_although_another_process_makes_them(server, project, tmp_path):
    before = read(server)
    assert value(before, "bonded_publications_total") >= 1
    assert value(before, "bonded_publication_failures_total") == 0
    twine_upload(server, wheel(project).write(tmp_path)).succeeded()
    after = read(server)
    assert value(after, "bonded_publications_total") == value(before, "bonded_publications_total") + 1
    assert 0 < value(after, "bonded_publication_seconds") < 30


def test_failed_publications_show(server):
    """An online key is not the one that its role names."""
    keys = server.data / "online-keys"
    kept = (keys / "snapshot.key").read_bytes()
    shutil.copyfile(keys / "timestamp.key", keys / "snapshot.key")
    published = value(read(server), "bonded_publications_total")
    os.kill(server.pid("sign"), signal.SIGTERM)
    wait_until(lambda: value(read(server), "bonded_publication_failures_total") >= 2, "failures are counted")
    assert value(read(server), "bonded_publications_total") == published

    (keys / "snapshot.key").write_bytes(kept)
    os.kill(server.pid("sign"), signal.SIGTERM)
    wait_until(lambda: value(read(server), "bonded_signer_leads") == 1, "it leads again")
    failures = value(read(server), "bonded_publication_failures_total")
    wait_until(lambda: server.get("/readyz").status_code == 200, "the index is ready")
    assert value(read(server), "bonded_publication_failures_total") == failures


def test_every_figure_that_alerts_are_made_of_is_there(server):
    alerts = (REPOSITORY / "deploy/prometheus/alerts.yml").read_text()
    wanted = set(re.findall(r"\bbonded_\w+", alerts))
    assert len(wanted) >= 7
    assert wanted <= {name for name, _ in read(server)}
