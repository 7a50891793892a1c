"""No parser is forgotten: whoever takes bytes, text or tables apart has a target or a reason."""

from __future__ import annotations

import ast

from hub.mappings.layout import Form
from tests.conftest import ROOT
from tests.fuzz.registry import EXEMPT, TARGETS

CALLS = {
    "json.loads", "json.load", "strict_json.loads", "tomllib.loads", "tomllib.load",
    "toml_file.loads", "csv.reader", "csv.DictReader", "zipfile.ZipFile", "zlib.decompressobj",
    "gzip.open", "base64.b64decode", "bytes.fromhex",
    "date.fromisoformat", "datetime.fromisoformat", "datetime.strptime", "etree.XMLPullParser",
    "etree.parse", "etree.fromstring", "etree.iterparse", "etree.XML", "pq.read_table",
    "pq.ParquetFile", "request.get_json", "struct.unpack",
}  # fmt: skip
NAMES = {"BinaryIO"}
WORDS = ("read_csv(", "read_parquet(", "read_table(")  # of SQL; of settings
COVERED = {module for target in TARGETS.values() for module in target.modules}


def parsers():
    """Return each module that takes something apart, and by what."""
    found = {}
    for package in ("hub", "hub_verify"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            by = {name for name in _called(ast.parse(text)) if name in CALLS}
            by |= {word for word in (*WORDS, *NAMES) if word in text}
            if by:
                found[module.removesuffix(".__init__")] = by
    return found


def _called(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield f"{ast.unparse(node.func.value)}.{node.func.attr}"


def test_every_parser_has_a_target_or_a_reason():
    missing = {name: by for name, by in parsers().items() if name not in COVERED | set(EXEMPT)}

    assert missing == {}


def test_no_exemption_is_out_of_date():
    assert set(EXEMPT) <= set(parsers())
    assert not set(EXEMPT) & COVERED


def test_every_covered_module_is_there():
    for module in COVERED:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or path.is_dir(), module


def test_every_form_of_the_catalogue_has_a_target():
    assert {form.value for form in Form} <= set(TARGETS)
