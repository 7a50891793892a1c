"""Chinese fonts for printed papers: where they are, and which characters they can draw.

Fonts come from the deployment's own folder first (an agency may have licensed 仿宋 and 小标宋),
then from the system, then from the packages that every installation with pip brings: one with
宋体 and 黑体, one with every character. A character that none of them has is found before printing,
because a name with an empty box in it is worse than a name that says what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typst
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from collections.abc import Iterable

FAMILIES: Final = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC",
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC",
)  # fmt: skip
"""Free families for Simplified Chinese, the one nearest to 宋体 first."""

SYSTEM_FOLDERS: Final = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts").expanduser(),
)
PACKAGES: Final = ("pylopdf_fonts_zh_cn", "noto_cjk_sans_otc")
"""Packages that carry fonts and nothing else (SIL Open Font License 1.1)."""

INSTALL_HINT: Final = "pip install noto-cjk-sans-otc / apt-get install fonts-noto-cjk"

_REGULAR: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One font in a file; `index` counts within a collection (.ttc)."""

    path: Path
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeface:
    """The families to print with, in order: each steps in where those before lack a character."""

    folders: tuple[Path, ...]
    families: tuple[str, ...]
    faces: tuple[Face, ...]

    def missing(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the characters of texts that no family has, in code order."""
        wanted = {c for text in texts for c in text}
        for face in self.faces:
            wanted -= _characters(face)
        return tuple(sorted(wanted))


def find(
    own_folder: Path | None = None,
    *,
    system_folders: Iterable[Path] = SYSTEM_FOLDERS,
    packages: Iterable[str] = PACKAGES,
) -> Typeface | None:
    """Return what to print Chinese with, or `None` when this machine has nothing.

    `own_folder` holds fonts that the deployment brings itself; they come first.
    """
    own = _regular_fonts(own_folder) if own_folder else {}
    families, faces = list(own), list(own.values())
    folders = [own_folder] if own_folder and own else []
    for folder in (*system_folders, *_package_folders(packages)):
        found = _regular_fonts(folder)
        known = [name for name in FAMILIES if name in found and name not in families]
        if known:
            folders.append(folder)
            families += known
            faces += [found[name] for name in known]
    if not any(_is_chinese(face) for face in faces):
        return None
    return Typeface(folders=tuple(folders), families=tuple(families), faces=tuple(faces))


def _package_folders(packages: Iterable[str]) -> list[Path]:
    specs = map(find_spec, packages)
    return [Path(spec.origin).parent for spec in specs if spec and spec.origin]


@cache
def _regular_fonts(folder: Path) -> dict[str, Face]:
    """Return each family below a folder with its plainest face, families in name order."""
    if not folder.is_dir():
        return {}
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
    plainest = sorted(
        (font for font in fonts.fonts() if font.path and font.style == "normal"),
        key=lambda font: (font.family, abs(font.weight - _REGULAR), font.path, font.index),
        reverse=True,
    )
    faces = {f.family: Face(path=Path(f.path), index=f.index) for f in plainest if f.path}
    return dict(sorted(faces.items()))


@cache
def _characters(face: Face) -> frozenset[str]:
    number = face.index if face.path.suffix.lower() in (".ttc", ".otc") else -1
    with TTFont(face.path, fontNumber=number, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap() or ()))


def _is_chinese(face: Face) -> bool:
    return _characters(face) >= set("社会保险费核对函")
