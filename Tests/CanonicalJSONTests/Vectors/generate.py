"""Writes canonical.json beside this file: values, and the bytes securesystemslib encodes them to.

Needs: pip install securesystemslib
"""

import json
import pathlib
import random

from securesystemslib.formats import encode_canonical

NAMED = {
    "empty string": "",
    "empty array": [],
    "empty object": {},
    "scalars": [None, True, False, 0, -1, 1, 2**63 - 1, -(2**63)],
    "every control character": "".join(map(chr, range(0x20))) + "\x7f",
    "every control character as a key": {chr(c): c for c in range(0x20)},
    "quotes and backslashes": '"\\"\\\\" \\n \\u0041 /',
    "quotes and backslashes as keys": {'"': 1, "\\": 2, '\\"': 3, "/": 4},
    "a PEM key": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
    "keys order by code point, not by UTF-16 unit": {
        "\U0001f600": 1, "\uffff": 2, "\ufb01": 3, "\ue000": 4, "\ud7ff": 5, "z": 6, "Z": 7, "é": 8, "\U0010ffff": 9,
    },
    "canonically equivalent keys are different keys": {
        "\u00e9": 1, "e\u0301": 2, "\u212a": 3, "K": 4, "\u2126": 5, "\u03a9": 6, "a\u0300\u0323": 7, "a\u0323\u0300": 8,
    },
    "keys that are prefixes": {"a": 1, "aa": 2, "": 3, "a\x00": 4, "a ": 5},
    "line separators stay": "\u2028\u2029\ufeff",
    "nested": {"b": [{"z": [], "a": {}}, [[["deep"]]]], "a": {"c": {"b": {"a": None}}}},
    "a key object": {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "ab" * 32}},
}


def random_text(source):
    alphabet = 'ab"\\/ \n\t\x00\x1fé\u0301\u212a\ud7ff\ue000\uffff\U0001f600\U0010ffff'
    return "".join(source.choice(alphabet) for _ in range(source.randrange(8)))


def random_value(source, depth):
    kind = source.randrange(7 if depth else 5)
    if kind == 5:
        return [random_value(source, depth - 1) for _ in range(source.randrange(5))]
    if kind == 6:
        return {random_text(source): random_value(source, depth - 1) for _ in range(source.randrange(6))}
    if kind == 0:
        return source.choice([None, True, False])
    if kind == 1:
        return source.randrange(-(2**63), 2**63)
    return random_text(source)


def main():
    source = random.Random(458)
    values = dict(NAMED)
    for number in range(100):
        values[f"random {number}"] = random_value(source, 4)
    vectors = [
        {
            "name": name,
            "escaped": json.dumps(value),
            "unescaped": json.dumps(value, ensure_ascii=False, indent=1),
            "canonical": encode_canonical(value).encode().hex(),
        }
        for name, value in values.items()
    ]
    file = pathlib.Path(__file__).with_name("canonical.json")
    file.write_text(json.dumps(vectors, indent=1, ensure_ascii=True) + "\n")


main()
