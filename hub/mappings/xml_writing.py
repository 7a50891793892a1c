"""Writes an XML document by its layout: tabs and line ends as the samples of TIPS have them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- dataclass field
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from hub.mappings.xml import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.mappings.layout import Layout, RecordShape


@dataclass(slots=True)
class _Node:
    """An element to be written: with children, or with text."""

    tag: str
    children: list[_Node] = field(default_factory=list)
    text: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

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
        attributes = "".join(f" {k}={quoteattr(v)}" for k, v in self.attributes.items())
        if self.text is not None:
            return [f"{indent}<{self.tag}>{escape(self.text)}</{self.tag}>"]
        inner = [line for child in self.children for line in child.lines(depth + 1)]
        return [f"{indent}<{self.tag}{attributes}>", *inner, f"{indent}</{self.tag}>"]


def pieces(
    layout: Layout, heads: Mapping[str, Sequence[str]], items: Iterable[Sequence[str]]
) -> Iterator[str]:
    """Yield the document's text, the items one by one; an absent value is an empty element."""
    declaration = f'<?xml version="1.0" encoding="{layout.encoding.upper()}"?>'
    item, end = layout.item, layout.newline
    root = _Node(layout.root or "", attributes=layout.attributes)
    if not steps(item):  # the one item is the document
        for texts in items:
            yield end.join([declaration, *_record(item, texts, root).lines(0)]) + end
        return
    mark = _Node("", text="")  # where the items stand
    for shape in layout.records:
        if shape.repeat:
            root.at(steps(shape)[:-1]).children.append(mark)
        else:
            _fill(root.at(steps(shape)), shape, heads[shape.name])
    lines = [declaration, *root.lines(0)]
    depth = len(steps(item))
    at = lines.index(mark.lines(depth)[0])
    yield end.join(lines[:at]) + end
    for texts in items:
        yield end.join(_record(item, texts, _Node(steps(item)[-1])).lines(depth)) + end
    yield end.join(lines[at + 1 :]) + end


def _record(shape: RecordShape, texts: Sequence[str], node: _Node) -> _Node:
    _fill(node, shape, texts)
    return node


def _fill(record: _Node, shape: RecordShape, texts: Sequence[str]) -> None:
    for one, text in zip(shape.stored, texts, strict=True):
        record.at((one.path or "").split("/")).text = text
