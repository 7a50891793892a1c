"""The configuration as it is in force, for people: every value with its key, no secret readable."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hub.domain.codes.shape import mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MASK: Final = "••••••"
_SECRET: Final = re.compile(r"password|secret|passphrase|token|private_key|(^|[._])key$|sign_with")
_ACCOUNT: Final = re.compile(r"account_no|number$")
_LINE: Final = re.compile(r'^(\s*(?:[\w-]+\.)*([\w-]+)\s*=\s*)(?:"""|"|\')(.*?)("""|"|\')(.*)$')
_REFERENCE: Final = ("env:", "file:")
_ENDS: Final = 4


def rows(settings: Any, prefix: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 -- dataclasses
    """Yield every setting with its dotted key, in the order in which it is declared."""
    for one in fields(settings):
        value, name = getattr(settings, one.name), f"{prefix}{one.name}"
        yield from _rows(name, value)


def file_text(path: Path) -> str:
    """Return a configuration file as it is written, secrets and account numbers masked."""
    return "\n".join(_masked_line(line) for line in path.read_text("utf-8").splitlines())


def files(config_dir: Path) -> Mapping[str, Path]:
    """Return the configuration's TOML files by their name within the folder."""
    found = sorted(config_dir.rglob("*.toml"))
    return {path.relative_to(config_dir).as_posix(): path for path in found}


def masked(name: str, value: str) -> str:
    """Return a value without what must not be read: secrets, passwords in addresses, accounts."""
    if value.startswith(_REFERENCE):
        return value  # says where the secret is, not what it is
    if _SECRET.search(name):
        return MASK
    if _ACCOUNT.search(name) and value.isdigit() and len(value) > _ENDS:
        return mask(value, head=0, tail=_ENDS)
    if "://" in value and (password := urlsplit(value).password):
        return value.replace(f":{password}@", f":{MASK}@")
    return value


def _rows(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if is_dataclass(value) and not isinstance(value, type):
        yield from rows(value, f"{name}.")
    elif hasattr(value, "items"):
        for key, one in value.items():
            yield from _rows(f"{name}.{key}", one)
    elif isinstance(value, (list, tuple)) and value and is_dataclass(value[0]):
        for number, one in enumerate(value, 1):
            yield from _rows(f"{name}[{number}]", one)
    else:
        yield name, masked(name, _text(value))


def _text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if isinstance(value, (list, tuple, frozenset, set)):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)


def _masked_line(line: str) -> str:
    match = _LINE.match(line)
    if match is None:
        return line
    head, key, value, quote, rest = match.groups()
    return f"{head}{quote}{masked(key, value)}{quote}{rest}"
