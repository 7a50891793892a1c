"""Writes an XML document by its layout: tabs and line ends as the samples of TIPS have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.mappings.layout import Layout, RecordShape


@dataclass(slots=True)
class _Node:
    """An element to be written: with children, or with text."""

    tag: str
    children: list[_Node] = field(default_factory=list)
    text: str | None = None

    def at(self, steps: Sequence[str]) -> _Node:
        """Return the element at a path below, making what is not there."""
        node = self
        for tag in steps:
            if not node.children or node.children[-1].tag != tag:
                node.children.append(_Node(tag))
            node = node.children[-1]
        return node

    def lines(self, depth: int) -> list[str]:
        """Return the element as indented lines."""
        indent = "\t" * depth
        if self.text is not None:
            return [f"{indent}<{self.tag}>{escape(self.text)}</{self.tag}>"]
        inner = [line for child in self.children for line in child.lines(depth + 1)]
        return [f"{indent}<{self.tag}>", *inner, f"{indent}</{self.tag}>"]


def document(
    layout: Layout, heads: Mapping[str, Sequence[str]], items: Sequence[Sequence[str]]
) -> str:
    """Return the document's text; an absent value is an empty element."""
    root = _Node(layout.root or "")
    for shape in layout.records:
        for texts in items if shape.repeat else [heads[shape.name]]:
            _add(root, shape, texts)
    declaration = f'<?xml version="1.0" encoding="{layout.encoding.upper()}"?>'
    return layout.newline.join([declaration, *root.lines(0)]) + layout.newline


def _add(root: _Node, shape: RecordShape, texts: Sequence[str]) -> None:
    *way, tag = (shape.path or "").split("/")
    record = _Node(tag)
    root.at(way).children.append(record)
    for one, text in zip(shape.stored, texts, strict=True):
        record.at((one.path or "").split("/")).text = text
