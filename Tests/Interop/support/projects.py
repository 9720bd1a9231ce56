"""People's own projects, as poetry and pdm know them."""

from pathlib import Path

PYPROJECT = """[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = ["{requirement}"]
"""

SOURCES = {
    "poetry": """
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "bonded"
url = "{url}"
priority = "primary"
""",
    "pdm": """
[tool.pdm]
distribution = false

[[tool.pdm.source]]
name = "pypi"
url = "{url}"
verify_ssl = false
""",
}


def new_project(folder, tool, url, requirement):
    """A project that needs one thing, from one index; its folder."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    text = PYPROJECT.format(name="somebody-s-own", requirement=requirement)
    (folder / "pyproject.toml").write_text(text + SOURCES[tool].format(url=url))
    return folder


def home_of(folder):
    """Variables that keep what such a tool keeps for its user in a folder, and off the machine's keyring."""
    folder = Path(folder)
    return {
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_KEYRING_ENABLED": "false",
        "PDM_CHECK_UPDATE": "0",
    }
