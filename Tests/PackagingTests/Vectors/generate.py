#!/usr/bin/env python3
"""Writes what the `packaging` library makes of many texts: names.json, versions.json, specifiers.json,
requirements.json, markers.json and filenames.json beside this file.

    python3 -m venv .venv && .venv/bin/pip install packaging==26.2 && .venv/bin/python generate.py

The output depends on nothing but the library's version: the random numbers are seeded.
"""

import json
import pathlib
import random
import re
import warnings

from packaging.markers import Marker, _normalize_extras
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import (
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

warnings.simplefilter("ignore")  # unknown escapes in marker strings
HERE = pathlib.Path(__file__).parent
rng = random.Random(440)


def attempt(function, *arguments, **options):
    """The function's result, or None if it refuses; it refuses hostile input with all sorts of errors."""
    try:
        return function(*arguments, **options)
    except Exception:
        return None


def mutate(text):
    """The text with one character inserted, removed or replaced."""
    noise = "".join(map(chr, range(0x20, 0x7F))) + "\t\n\0\u00e9\u0660\u212a\u017f\U0001f600"
    at = rng.randrange(len(text) + 1)
    kind = rng.random()
    if kind < 0.4:
        return text[:at] + rng.choice(noise) + text[at:]
    if kind < 0.7:
        return text[:at] + text[at + 1:]
    return text[:at] + rng.choice(noise) + text[at + 1:]


def unique(texts):
    return list(dict.fromkeys(texts))


def write(name, value):
    lines = ["[" if isinstance(value, list) else "{"]
    items = value if isinstance(value, list) else value.items()
    rendered = []
    for item in items:
        if isinstance(value, dict):
            key, item = item
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in item)
            rendered.append(json.dumps(key) + ":[\n" + rows + "\n]")
        else:
            rendered.append(json.dumps(item, separators=(",", ":")))
    lines.append(",\n".join(rendered))
    lines.append("]" if isinstance(value, list) else "}")
    path = HERE / f"{name}.json"
    path.write_text("\n".join(lines) + "\n")
    print(path.name, path.stat().st_size)


# Names


def random_name():
    return "".join(rng.choice("abzABZ019.-_") for _ in range(rng.randrange(1, 12)))


def names():
    texts = ["", "a", "A.B", "a--b", "a-_.b", "-a", "a-", "a\n", "\u212aelvin", "\u017f", "zope.interface"]
    texts += [random_name() for _ in range(1500)]
    texts += [mutate(random_name()) for _ in range(1000)]
    for text in unique(texts):
        yield {"text": text, "normalized": attempt(canonicalize_name, text, validate=True)}


# Versions

PHASES = ["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "A", "RC", "Alpha"]
POSTS = ["post", "rev", "r", "Post"]


def number():
    return rng.choice(["0", "1", "2", "3", "10", "00", "01", "20240131", "9" * 18, "9" * 25])


def small():
    return rng.choice(["0", "1", "2", "3", "10"])


def separator():
    return rng.choice(["", "", ".", "-", "_"])


def random_version(digits=number, tame=False):
    """A valid version: in any spelling, or `tame` for one in normal form."""
    text = "" if tame else rng.choice(["", "", "", "", "v", "V", " ", "\t", "\u3000"])
    if rng.random() < 0.15:
        text += digits() + "!"
    text += ".".join(digits() for _ in range(rng.choice([1, 2, 2, 3, 3, 4])))
    if rng.random() < 0.35:
        suffix = rng.choice(["", digits()])
        text += separator() + rng.choice(PHASES) + (separator() if suffix else "") + suffix
    if rng.random() < 0.3:
        suffix = rng.choice(["", digits()])
        text += rng.choice(
            ["-" + digits(), separator() + rng.choice(POSTS) + (separator() if suffix else "") + suffix])
    if rng.random() < 0.3:
        suffix = rng.choice(["", digits()])
        text += separator() + rng.choice(["dev", "DEV"]) + (separator() if suffix else "") + suffix
    if rng.random() < 0.2:
        text += "+" + rng.choice([".", "-", "_"]).join(
            rng.choice(["abc", "ubuntu", "1", "007", "Z9", "10"]) for _ in range(rng.randrange(1, 4)))
    text += "" if tame else rng.choice(["", "", "", " ", "\n"])
    return str(Version(text)) if tame else text


def versions():
    texts = [
        "", " ", "1", "1.0", "v1", "vv1", "1.", ".1", "1..0", "1.0a", "1.0a.", "1.0a-", "1.0a--1", "1.0-1",
        "1.0--1", "1.0-", "1.0-a", "1!", "!1", "1!1", "1!!1", "1.0+", "1.0+a", "1.0+a.", "1.0+a..b", "1.0+a+b",
        "1.0.post", "1.0.post-", "1.0post-1-1", "1.0-1-1", "1.0a-1-1", "1.0dev.1dev1", "1.0.dev-1", "1.0r1",
        "1.0rc1r2", "1.0rev", "1.0alp", "1.0*", "1.*", "\u0661", "1.\u0661", "1.0po\u017ft1", "1.0+\u212a",
        "1\u00a0", "\u20031", "1\x1c", "1\x00", "1.0\u200b", "french toast", "1.0.0.0.0.0.0", "0", "0.0", "0!0",
    ]
    texts += [random_version() for _ in range(1400)]
    texts += [random_version(small, tame=True) for _ in range(400)]
    texts += [mutate(random_version(small)) for _ in range(1500)]
    for text in unique(texts):
        version = attempt(Version, text)
        if version is None:
            yield {"text": text}
        else:
            yield {
                "text": text, "normal": str(version), "canonical": canonicalize_version(version),
                "pre": version.is_prerelease, "post": version.is_postrelease, "dev": version.is_devrelease,
                **({"local": version.local} if version.local else {}),
            }


def order():
    """Groups of equal versions, ascending."""
    texts = unique(random_version(rng.choice([small, small, number])) for _ in range(900))
    groups = {}
    for text in texts:
        groups.setdefault(Version(text), []).append(text)
    return [groups[version] for version in sorted(groups)]


# Specifiers


def random_specifier():
    operator = rng.choice(["==", "!=", "<=", ">=", "<", ">", "~=", "==="])
    version = random_version(small, tame=operator in ("~=", "===")).strip()
    kind = rng.random()
    if operator in ("==", "!=") and kind < 0.4:
        version = re.match(r"[vV]?(\d+!)?\d+(\.\d+)*", version)[0] + ".*"
    elif operator not in ("==", "!=", "===") and kind < 0.97:
        version = version.partition("+")[0]
    if operator == "~=" and kind < 0.95:
        version = re.sub(r"^((?:\d+!)?\d+)(?=$|[a-z])", r"\1.0", version)
    return operator + rng.choice(["", "", " "]) + version


def random_set():
    return rng.choice([",", ",", ", ", " ,"]).join(random_specifier() for _ in range(rng.choice([1, 1, 2, 3])))


def near(text):
    """Versions close to the bounds in the text, where verdicts change."""
    bounds = [re.sub(r"\.\*$", "", part.strip().lstrip("=~!<>").strip()) for part in text.split(",")]
    candidates = []
    for bound in bounds:
        version = attempt(Version, bound)
        if version is not None:
            base = version.base_version
            candidates += [
                str(version), version.public, base, base + ".0", base + ".1", base + "a1", base + "rc1.post1",
                base + ".post1", base + ".post1.dev0", base + ".dev0", base + "+local", version.public + "+x.1",
                version.public + ".1" if version.public == base else base + ".0.1",
            ]
    candidates += [random_version(small, tame=True) for _ in range(3)]
    return [c for c in unique(candidates) if attempt(Version, c) is not None]


def specifiers():
    texts = ["", ",", " , ", ">=1,,<2", ">=1,", "===", "=== any thing", "===any;", "==1.0.*", ">=1.0.*", "==1.0a1.*",
             "~=1", "~=1.0", "~=1.0+a", ">=1.0+a", "==1.0+a", "=1", "1", "=>1", "> =1", "==", "==v1", "== v1.*",
             ">=\u30001", "!=1.0.*", "<\n2", "==1.*.*", "==1!2.*", "== 1.0 .*", "<2,<1.5"]
    valid = [random_set() for _ in range(750)]
    broken = [mutate(random_set()) for _ in range(700)]
    for text in unique(texts + valid + broken):
        parsed = attempt(SpecifierSet, text)
        row = {"text": text, "normal": None if parsed is None else str(parsed)}
        # `~=v1.2` and the like match nothing in packaging, by mistake.
        if parsed is not None and not re.search(r"~=\s*[vV]", text):
            chosen = near(text)
            rng.shuffle(chosen)
            row["contains"] = {
                v: [parsed.contains(Version(v)), parsed.contains(Version(v), prereleases=False)]
                for v in chosen[:7]
            }
        yield row


# Requirements and markers

VARIABLES = ["python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform",
             "platform_release", "platform_system", "platform.version", "platform_machine", "platform.machine",
             "platform_python_implementation", "platform.python_implementation", "python_implementation",
             "implementation_name", "implementation_version", "extra", "extras", "dependency_groups"]
OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "===", "in", "not in", "not  in"]
LITERALS = ["'3.8'", '"3.8"', "'win32'", '"a\'b"', "'a\\nb'", "''", '"dev-tools"', "'\\x41'", "'\\q'"]


def space():
    return rng.choice(["", "", " ", "\t"])


def random_comparison():
    operator = rng.choice(OPERATORS)
    sides = [rng.choice(VARIABLES), rng.choice(LITERALS)]
    if rng.random() < 0.1:
        sides = [rng.choice(LITERALS), rng.choice(LITERALS)]
    rng.shuffle(sides)
    gap = " " if operator[0] in "in" else rng.choice(["", " "])
    return sides[0] + gap + operator + gap + sides[1]


def random_marker(depth=0):
    """No parentheses in parentheses alone: packaging drops both pairs when it prints `a and ((b or c))`."""
    terms = [
        "(" + space() + random_marker(depth + 1) + space() + ")"
        if depth < 2 and rng.random() < 0.2 else random_comparison()
        for _ in range(rng.choice([1, 1, 2, 3] if depth == 0 else [2, 3]))
    ]
    text = terms[0]
    for term in terms[1:]:
        text += " " + rng.choice(["and", "or"]) + " " + term
    return space() + text + space()


def random_requirement():
    text = space() + rng.choice(["requests", "A.B-c", "zope.interface", "foo_", "x"]) + space()
    if rng.random() < 0.3:
        text += "[" + space() + (space() + "," + space()).join(
            rng.choice(["socks", "Dev_Tools", "a.b"]) for _ in range(rng.randrange(0, 3))) + space() + "]" + space()
    kind = rng.random()
    has_url = kind < 0.1
    if has_url:
        text += "@" + space() + rng.choice(["https://example.org/x.whl", "file:///x;y", "git+ssh://h/r#egg=x"])
    elif kind < 0.8:
        specifiers = random_set()
        text += "(" + space() + specifiers + space() + ")" if rng.random() < 0.3 else specifiers
        text += space()
    if rng.random() < 0.5:
        text += (" " if has_url else "") + ";" + random_marker()
    return text


def requirements():
    texts = ["", "a", "a\n", "a\n\n", "a[", "a[]", "a[b", "a[b,]", "a[b c]", "a()", "a(>=1", "a>=1,", "a>=1,,<2", "a ;", "a;",
             "a @ u", "a@u", "a @", "a @ u;", "a @ u ;", "a @ u ; os_name=='x'", "a===1,>=2", "a===1,zz", "a=1",
             "a>=1.*", "a>=1+x", "foo_", "foo-", "foo.", "\u00e9", "foo\u00e9", "a; b", "a>=1 b", "-a", "a b"]
    texts += [random_requirement() for _ in range(900)]
    texts += [mutate(random_requirement()) for _ in range(900)]
    for text in unique(texts):
        parsed = attempt(Requirement, text)
        yield {"text": text, "normal": None if parsed is None else spelled(parsed, parsed.marker)}


def with_extras_normalized(items):
    """Does inside parentheses what packaging does outside them only: normalises names of extras."""
    return [with_extras_normalized(i) if isinstance(i, list) else _normalize_extras(i) for i in items]


def spelled(parsed, marker):
    """The text of a parsed requirement or marker; `marker` is the marker in it."""
    if marker is not None:
        marker._markers = with_extras_normalized(marker._markers)
    return str(parsed)


def markers():
    texts = ["", "os_name", "os_name==", "os_name=='a", "os_name=='a' and", "os_name=='a' or or", "(os_name=='a'",
             "os_name=='a')", "((os_name=='a'))", "os_name in 'a'", "os_name notin 'a'", "os_name inx 'a'",
             "os_name=='a'and'b'==os_name", "x=='a'", "os_name==os_name", "os_name=='a' ", "os_name=='a'\n",
             "os_name=='\\'", "os_name=='a\nb'", "os_name=='\\u00e9'", "os_name=='\\u00e'", "os_name=='\\101'",
             "os_name=='\\8'", "extra=='A__b'", "os-name=='a'", "os_name=\"a'", "OS_NAME=='a'", "os_name IN 'a'"]
    texts += [random_marker() for _ in range(900)]
    texts += [mutate(random_marker()) for _ in range(1100)]
    for text in unique(texts):
        parsed = attempt(Marker, text)
        yield {"text": text, "normal": None if parsed is None else spelled(parsed, parsed)}


# Filenames: like packaging, but the name must be one, tags must be words, and versions stand without whitespace.


def name_is_valid(text):
    return attempt(canonicalize_name, text, validate=True) is not None


def wheel(text):
    parsed = attempt(parse_wheel_filename, text)
    parts = text.split("-")
    if (parsed is None or not name_is_valid(parts[0]) or parts[1] != parts[1].strip()
            or not all(re.fullmatch(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", tag) for tag in text[:-4].split("-")[-3:])):
        return {"text": text}
    name, version, build, tags = parsed
    return {"text": text, "project": name, "version": str(version),
            "build": f"{build[0]}|{build[1]}" if build else None, "tags": sorted(map(str, tags))}


def sdist(text):
    parsed = attempt(parse_sdist_filename, text)
    stem = re.sub(r"\.(tar\.gz|zip)$", "", text)
    name, _, version = stem.rpartition("-")
    if parsed is None or not name_is_valid(name) or version != version.strip():
        return {"text": text}
    return {"text": text, "project": parsed[0], "version": str(parsed[1])}


def random_wheel():
    parts = [rng.choice(["foo", "Foo_Bar", "zope.interface", "a1"]), random_version(small, tame=True)]
    if rng.random() < 0.3:
        parts.append(rng.choice(["1", "007", "2abc", "1.2", "x1"]))
    parts.append(rng.choice(["py3", "py2.py3", "cp311", "CP39.cp310"]))
    parts.append(rng.choice(["none", "abi3", "cp311.abi3"]))
    parts.append(rng.choice(["any", "linux_x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "win32",
                             "macosx_11_0_arm64"]))
    return "-".join(parts) + ".whl"


def random_sdist():
    return (rng.choice(["foo", "Foo_Bar", "foo-bar", "zope.interface"]) + "-" + random_version(small).strip()
            + rng.choice([".tar.gz", ".tar.gz", ".zip"]))


def filenames():
    wheels = ["", ".whl", "foo.whl", "foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.WHL", "foo-1.0-py3-none.whl",
              "foo-1.0-1-2-py3-none-any.whl", "foo__bar-1.0-py3-none-any.whl", "-1.0-py3-none-any.whl",
              "foo-x-py3-none-any.whl", "foo-1.0-x-py3-none-any.whl", "foo-1.0-py3--any.whl",
              "foo-1.0-py3-none-any..whl", "foo-1.0-py3-no ne-any.whl", "foo- 1.0-py3-none-any.whl"]
    sdists = ["", ".tar.gz", "-.tar.gz", "foo.tar.gz", "foo-1.0.tar.gz", "foo-1.0.tgz", "foo-1.0.zip", "-1.0.tar.gz",
              "foo-1.0-1.tar.gz", "foo-1.0.TAR.GZ", "foo-1.0 .tar.gz"]
    wheels += [random_wheel() for _ in range(500)] + [mutate(random_wheel()) for _ in range(700)]
    sdists += [random_sdist() for _ in range(400)] + [mutate(random_sdist()) for _ in range(500)]
    return {"wheels": map(wheel, unique(wheels)), "sdists": map(sdist, unique(sdists))}


write("names", list(names()))
write("versions", {"cases": list(versions()), "order": order()})
write("specifiers", list(specifiers()))
write("requirements", list(requirements()))
write("markers", list(markers()))
write("filenames", filenames())
