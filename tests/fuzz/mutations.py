"""Inputs made from seeds by damage that knows what files are made of.

The n-th input of a target follows from target, seed and n alone, so that each has a name by which
it can be made again: `delimited:7:4711`.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from random import Random
from typing import TYPE_CHECKING, Final

from tests.fuzz.branches import branch, other_kind, pick
from tests.fuzz.zoo import DAYS, JSON, NUMBERS, TOML, WORDS, XML

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BYTES_MAX: Final = 256 * 1024  # of an input; what is only long has tests of its own
ZIP, GZIP, XLS = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
_NUMBER: Final = re.compile(rb"[0-9][0-9.,]*")
_WORD: Final = re.compile(rb"[^\s,|<>\"'=/&;:{}\[\]]+")
_ELEMENT: Final = re.compile(rb"<([A-Za-z_][\w:.-]*)[^<>]*>[^<>]*</\1>")
_TAG: Final = re.compile(rb"</?[A-Za-z_][\w:.-]*[^<>]*>")
_CODECS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "gbk", "big5",
                  "cp1251", "latin-1", "utf-7")  # fmt: skip
_ENDS: Final = (b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"", b"\x85", b"\n \n", b"\x1a")
_ODD_BYTES: Final = (b"\x00", b"\xff", b"\xfe", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf",  # noqa: E501
                     b"\x81\x30\x81\x30", b"\xf4\x90\x80\x80", b"\x1a", b"\xa1\xa1", b"\x7f")  # fmt: skip  # noqa: E501
CROSSED: Final = 0.03  # of the inputs: read as what another seed is

Seed = tuple[str, bytes]
"""What it is to be read as (a layout, a file of settings, a person and an address), and bytes."""


class Mutator:
    """Makes inputs of some seeds; `words` are a format's own, `codec` how texts are written."""

    def __init__(
        self, seeds: Iterable[Seed], *, words: Sequence[str] = (), codec: str = "utf-8"
    ) -> None:
        self.labelled = sorted(set(seeds))
        self.seeds = [content for _, content in self.labelled]
        self._words, self._codec = tuple(words), codec
        self._general = (
            self._flip, self._byte, self._cut, self._repeat, self._splice, self._truncate,
            self._insert, self._word, self._word, self._number, self._number, self._everywhere,
            self._lines, self._swap, self._encode, self._ends,
        )  # fmt: skip
        self._xml = (self._element, self._element, self._nest, self._rename, self._into_leaf,
                     branch)  # fmt: skip

    def make(self, name: str, number: int) -> Seed:
        """Return the input of a number; the first ones are the seeds themselves."""
        if number < len(self.labelled):
            return self.labelled[number]
        random = Random(f"{name}:{number}")
        label, content = random.choice(self.labelled)
        if random.random() < CROSSED:
            label, _ = random.choice(self.labelled)
        for _ in range(min(8, 1 + int(random.expovariate(0.7)))):
            content = self.mutated(content, random)
        return label, content[:BYTES_MAX]

    def mutated(self, content: bytes, random: Random) -> bytes:
        """Return bytes with one thing changed, inside a packed file more often than around it."""
        if content.startswith(ZIP) and random.random() < 0.8:
            return _in_zip(content, self, random)
        if content.startswith(GZIP) and random.random() < 0.6:
            return _in_gzip(content, self, random)
        head = content[:400].lstrip()
        if head[:1] in (b"{", b"[") and random.random() < 0.6:
            return _in_json(content, self, random)
        choices = self._general
        if head[:1] == b"<" and random.random() < 0.5:
            choices = self._xml
        elif b" = " in content and random.random() < 0.3:
            choices = (other_kind,)
        return random.choice(choices)(content, random)

    def token(self, random: Random, kind: str = "") -> bytes:
        """Return a text that may hurt."""
        tables = {"number": (NUMBERS, DAYS), "word": (WORDS, NUMBERS, DAYS, self._words or WORDS)}
        table = random.choice(
            tables.get(kind) or (WORDS, NUMBERS, DAYS, XML, JSON, TOML, self._words or WORDS)
        )
        codec = self._codec if random.random() < 0.9 else random.choice(_CODECS)
        return random.choice(table).encode(codec, "replace")

    def _flip(self, content: bytes, random: Random) -> bytes:
        if not content:
            return b"\x00"
        at = random.randrange(len(content))
        return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]

    def _byte(self, content: bytes, random: Random) -> bytes:
        at = random.randrange(len(content) + 1)
        new = (
            random.choice(_ODD_BYTES)
            if random.random() < 0.7
            else random.randbytes(random.randrange(1, 9))
        )
        return content[:at] + new + content[at + random.randrange(2) * len(new) :]

    def _cut(self, content: bytes, random: Random) -> bytes:
        begin, end = _span(content, random)
        return content[:begin] + content[end:]

    def _repeat(self, content: bytes, random: Random) -> bytes:
        begin, end = _span(content, random)
        times = random.choice((2, 2, 3, 50))
        return content[:begin] + content[begin:end] * times + content[end:]

    def _splice(self, content: bytes, random: Random) -> bytes:
        other = random.choice(self.seeds)
        begin, end = _span(other, random)
        at = random.randrange(len(content) + 1)
        keep = content[at:] if random.random() < 0.5 else content[at + end - begin :]
        return content[:at] + other[begin:end] + keep

    def _truncate(self, content: bytes, random: Random) -> bytes:
        at = random.randrange(len(content) + 1)
        return content[:at] if random.random() < 0.7 else content[at:]

    def _insert(self, content: bytes, random: Random) -> bytes:
        at = random.randrange(len(content) + 1)
        return content[:at] + self.token(random) + content[at:]

    def _number(self, content: bytes, random: Random) -> bytes:
        found = pick(content, _NUMBER, random)
        if found is None:
            return self._word(content, random)
        text = found[0]
        new = self.token(random, "number")
        if text.isdigit() and len(text) < 20 and random.random() < 0.5:
            value = int(text) + random.choice((-1, 1, 2, 100, -int(text), 10**6, 2**31, 2**63))
            new = str(value).encode().rjust(len(text), b"0")
        return content[: found.start()] + new + content[found.end() :]

    def _everywhere(self, content: bytes, random: Random) -> bytes:
        """Change a number wherever it stands, as a total that agrees with its one item."""
        found = pick(content, _NUMBER, random)
        if found is None:
            return content
        new = (
            random.choice(NUMBERS[:40]).encode()
            if random.random() < 0.5
            else str(random.choice((0, 1, 99, 10**6, 10**15, 10**17))).encode()
        )
        return content.replace(found[0], new)

    def _lines(self, content: bytes, random: Random) -> bytes:
        lines = content.splitlines(keepends=True)
        if not lines:
            return content
        at, to = random.randrange(len(lines)), random.randrange(len(lines))
        line = lines.pop(at) if random.random() < 0.3 else lines[at]
        lines[to:to] = [line] * random.choice((0, 1, 1, 2, 30))
        return b"".join(lines)

    def _swap(self, content: bytes, random: Random) -> bytes:
        first, second = sorted((_span(content, random), _span(content, random)))
        if first[1] > second[0]:
            return content
        (a, b), (c, d) = first, second
        return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]

    def _encode(self, content: bytes, random: Random) -> bytes:
        source = random.choice((self._codec, *_CODECS))
        return content.decode(source, "replace").encode(random.choice(_CODECS), "replace")

    def _ends(self, content: bytes, random: Random) -> bytes:
        return content.replace(random.choice((b"\n", b"\r\n", b",", b"|")), random.choice(_ENDS))

    def _element(self, content: bytes, random: Random) -> bytes:
        found = pick(content, _ELEMENT, random)
        if found is None:
            return self._word(content, random)
        times = random.choice((0, 0, 2, 2, 3, 40))
        return content[: found.start()] + found[0] * times + content[found.end() :]

    def _nest(self, content: bytes, random: Random) -> bytes:
        found = pick(content, _ELEMENT, random)
        if found is None:
            return content
        tag, depth = found[1], random.choice((1, 2, 60, 400))
        return (content[: found.start()] + b"<%b>" % tag * depth + found[0] + b"</%b>" % tag * depth
                + content[found.end() :])  # fmt: skip

    def _rename(self, content: bytes, random: Random) -> bytes:
        first, second = pick(content, _TAG, random), pick(content, _TAG, random)
        if first is None or second is None:
            return content
        return content[: first.start()] + second[0] + content[first.end() :]

    def _into_leaf(self, content: bytes, random: Random) -> bytes:
        found = pick(content, _ELEMENT, random)
        if found is None:
            return content
        at = found.start() + found[0].index(b">") + 1
        end = found.end() - len(found[1]) - 3
        kept = content[at:end] if random.random() < 0.5 else b""
        return content[:at] + kept + self.token(random) + content[end:]

    def _word(self, content: bytes, random: Random) -> bytes:
        found = pick(content, _WORD, random)
        new = self.token(random, "word")
        return content if found is None else content[: found.start()] + new + content[found.end() :]


def _span(content: bytes, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(content) + 1)
    longest = random.choice((1, 4, 16, 64, 512))
    return begin, min(len(content), begin + random.randrange(longest + 1))


def _in_zip(content: bytes, mutator: Mutator, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [(info, archive.read(info)) for info in archive.infolist()]
    except Exception:  # noqa: BLE001 -- an earlier mutation broke it, whatever that looks like
        return mutator._flip(content, random)
    at = random.randrange(len(parts)) if parts else 0
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (info, inner) in enumerate(parts):
            if number == at:
                inner = mutator.mutated(inner, random)  # noqa: PLW2901
                if random.random() < 0.1:
                    info.filename = random.choice(
                        ("../x", "/x", "a/b", "", "x\x1b", info.filename * 3)
                    )
                if random.random() < 0.05:
                    continue
            try:
                archive.writestr(info, inner)
            except (ValueError, zipfile.LargeZipFile, UnicodeEncodeError, NotImplementedError):
                continue
    return out.getvalue()


def _in_gzip(content: bytes, mutator: Mutator, random: Random) -> bytes:
    try:
        inner = gzip.decompress(content)
    except (OSError, EOFError, ValueError, __import__("zlib").error):
        return mutator._flip(content, random)
    return gzip.compress(mutator.mutated(inner, random), 1, mtime=0)


def _in_json(content: bytes, mutator: Mutator, random: Random) -> bytes:
    """Change one value, key or branch of a JSON text, which stays one in its canonical form."""
    try:
        value = json.loads(content)
        places = list(_places(value))
    except (ValueError, RecursionError):
        return mutator._word(content, random)
    if not places:
        return mutator._word(content, random)
    table, name = random.choice(places)
    inner = table[name]
    if isinstance(inner, str) and inner[:1] in ("{", "[") and random.random() < 0.7:
        table[name] = _in_json(inner.encode("utf-8", "surrogatepass"), mutator, random).decode(
            "utf-8", "replace"
        )
    elif random.random() < 0.15:
        del table[name]
    else:
        table[name] = random.choice(
            (None, True, 0, -1, 1, 2**53, 2**63, 1.5, [], {}, [inner] * 201, {"a": inner}, "",
             random.choice(WORDS), random.choice(NUMBERS), random.choice(DAYS), inner, str(inner))
        )  # fmt: skip
        if isinstance(table, dict) and random.random() < 0.1:
            table[random.choice(WORDS)] = inner
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _places(value: object) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        items = (
            one.items()
            if isinstance(one, dict)
            else enumerate(one)
            if isinstance(one, list)
            else ()
        )
        for name, inner in items:
            found.append((one, name))
            waiting.append(inner)
    return found
