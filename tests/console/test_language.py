"""Every message of the console has its Chinese, and no Chinese has lost its message."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from hub.console import registry
from hub.console.fields import shown
from hub.console.language import catalogs
from hub.console.topics import TOPICS

HERE = Path(registry.__file__).parent
PYTHON = {"N_": None, "gettext": None, "ngettext": (1, 2)}
ENGLISH = {*map(chr, range(128)), *"–…→·’“”%"}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def from_files():
    methods = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
    keywords = {**PYTHON, "_": None}
    found = extract_from_dir(HERE, methods, keywords=keywords)
    for file, _line, message, _comments, _context in found:
        for one in (message,) if isinstance(message, str) else message:
            yield file, one


def from_registry():
    for topic in TOPICS:
        yield topic.name, topic.title
        yield from ((topic.name, label) for label, _href in topic.menu)
        for table in topic.tables:
            texts = [table.title, table.note, *(c.label for c in table.columns)]
            yield from ((table.name, t) for t in (*texts, *(f.label for f in table.filters)) if t)
        for action in topic.actions:
            yield action.name, action.label
            for field in shown(action.takes):
                yield action.name, field.label
                if field.help:
                    yield action.name, field.help


@cache
def messages():
    return {message: where for where, message in (*from_files(), *from_registry())}


@cache
def chinese():
    return {m.id: m.string for c in catalogs().values() for m in c if m.id}


def test_every_message_has_its_chinese():
    missing = {m: where for m, where in messages().items() if not chinese().get(m)}
    assert not missing


def test_no_chinese_is_left_of_a_message_that_nobody_says():
    assert not [m for m in chinese() if m not in messages()]


def test_messages_are_english():
    beyond = {m for m in messages() if not set(m) <= ENGLISH}
    assert not beyond


def test_translations_keep_the_values():
    changed = [
        message
        for message, text in chinese().items()
        if sorted(PLACEHOLDER.findall(message)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert not changed


def test_a_message_has_one_chinese_in_all_topics():
    texts = defaultdict(set)
    for catalog in catalogs().values():
        for message in catalog:
            texts[message.id].add(message.string)
    assert not {message: said for message, said in texts.items() if message and len(said) > 1}


def test_catalogs_are_marked_complete():
    for file in (HERE / "translations" / "zh_CN").glob("*.po"):
        with file.open("rb") as content:
            catalog = read_po(content, locale="zh_CN", abort_invalid=True)
        assert not [m.id for m in catalog if m.fuzzy and m.id], file.name
