"""Running the real clients, each with a time limit, in an environment that carries none of the machine's settings."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

# The machine's own environment: what deploy/run gets.
MACHINE = dict(os.environ)

# Settings that silently override what a test says.
_OVERRIDING_PREFIXES = ("PIP_", "UV_", "TWINE_", "BONDED_", "SEAL_", "PYTHON")
_OVERRIDING = {
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
}  # fmt: skip

# twine and uv wrap their messages at the terminal's width.
WIDE = {"COLUMNS": "500"}


def clean_environment():
    """The machine's environment without what would steer pip, uv, twine or requests."""
    kept = {
        name: value
        for name, value in MACHINE.items()
        if name not in _OVERRIDING and not name.startswith(_OVERRIDING_PREFIXES)
    }
    return kept | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
        "UV_NO_CONFIG": "1",
        "UV_NO_CACHE": "1",
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
    }


@dataclass(frozen=True)
class Outcome:
    command: list
    status: int
    output: str  # stdout
    errors: str  # stderr

    @property
    def text(self):
        return self.output + self.errors

    def succeeded(self):
        """Itself, if the command exited with 0; fails the test with the whole output otherwise."""
        assert self.status == 0, self.describe()
        return self

    def failed(self):
        """Itself, if the command exited with anything but 0."""
        assert self.status != 0, self.describe()
        return self

    def describe(self):
        return f"{self.command}\nexit status {self.status}\n--- stdout\n{self.output}\n--- stderr\n{self.errors}"


def run(*command, cwd=None, timeout=180, environment=None):
    """Runs a command to its end. `environment` is added to the clean one."""
    command = [str(part) for part in command]
    done = subprocess.run(
        command, cwd=cwd, timeout=timeout, env=clean_environment() | WIDE | (environment or {}),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    return Outcome(command, done.returncode, done.stdout, done.stderr)


def tool(name, environment="clients"):
    """The path of a client in one of the virtual environments that deploy/test makes."""
    return REPOSITORY / f".venv-{environment}" / "bin" / name


def pip(*arguments, **options):
    return run(sys.executable, "-m", "pip", *arguments, **options)


def uv(*arguments, **options):
    return run(tool("uv"), *arguments, **options)


def twine_upload(index, *files, token=None, environment="clients", flags=()):
    return run(
        tool("twine", environment), "upload", "--non-interactive", "--disable-progress-bar", "--verbose",
        "-u", "__token__", "-p", token or index.token, "--repository-url", index.upload_url, *flags, *files,
    )  # fmt: skip


def uv_publish(index, *files, token=None, flags=()):
    return uv(
        "publish", "--trusted-publishing", "never", "--publish-url", index.upload_url,
        "-t", token or index.token, *flags, *files,
    )  # fmt: skip


def bonded(*arguments, timeout=120):
    """The operators' program, as deploy/run built it."""
    return run(REPOSITORY / ".build/release/bonded", *arguments, timeout=timeout)
