"""Partner files: every mistake is reported at once, with its file, key and a suggestion."""

from __future__ import annotations

from datetime import time

import pytest

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.mappings.catalog import load_catalog
from hub.mappings.layout import Form
from hub.settings import ConfigErrors
from tests.mappings.mistakes import FIXED, GOOD, MISTAKES
from tests.mappings.reading import CATALOG


def load(tmp_path, **files: str):
    folder = tmp_path / "config" / "partners"
    folder.mkdir(parents=True, exist_ok=True)
    for code, text in files.items():
        (folder / f"{code}.toml").write_text(text, "utf-8")
    return load_catalog(tmp_path / "config")


def problems(tmp_path, **files: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load(tmp_path, **files)
    return [problem.text() for problem in caught.value.problems]


def test_a_partner_is_its_file(tmp_path) -> None:
    partner = load(tmp_path, abc=GOOD).partner("abc")

    assert (partner.code, partner.kind, partner.channel) == ("abc", "tax", "tax-in")
    assert partner.expects == {Source.COLLECTIONS: time(16, 30)}
    layout = partner.layout("list")
    assert (layout.partner, layout.name, layout.form) == ("abc", "list", Form.DELIMITED)
    assert layout.sha256 == partner.sha256
    assert len(partner.sha256) == 64


def test_no_partners_are_an_empty_catalog(tmp_path) -> None:
    assert load_catalog(tmp_path).partners == {}


def test_our_own_partner_files_expect_what_they_send() -> None:
    expected = {source for partner in CATALOG.partners.values() for source in partner.expects}

    assert expected >= {Source.COLLECTIONS, Source.DEPOSITS}


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES)
def test_a_mistake_is_named(tmp_path, old, new, words) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD

    found = problems(tmp_path, abc=text)

    assert all(line.startswith("config/partners/abc.toml: ") for line in found)
    assert any(words in line for line in found), found


def test_all_mistakes_of_all_files_come_at_once(tmp_path) -> None:
    found = problems(
        tmp_path,
        abc=GOOD.replace("tax-in", "tax in").replace('"text"', '"txt"'),
        xyz=GOOD.replace('kind = "tax"', 'kind = "x"'),
        empty="",
        fine=GOOD,
    )

    assert len([line for line in found if "abc.toml" in line]) == 3
    assert len([line for line in found if "xyz.toml" in line]) == 1
    assert len([line for line in found if "empty.toml" in line]) >= 3
    assert not any("fine.toml" in line for line in found)


def test_each_form_needs_its_own_keys(tmp_path) -> None:
    found = "\n".join(problems(tmp_path, x=FIXED))

    for words in (
        "layouts.a.item.a: a fixed field, unless it is constant or copy, needs width",
        "layouts.b.root: is missing",
        "layouts.b.item: an xml record needs path",
        "layouts.b.item.a: an xml field",
        "layouts.c.item: only xml records have path",
        "layouts.c.item: the record has no field of its own",
        "layouts.c.records: without a tag may be only the first record and the repeated one",
    ):
        assert words in found


def test_identify_by_channel_and_name() -> None:
    partner, layout = CATALOG.identify("tax-in", "ZSMX_20261123_001.txt")
    assert (partner.code, layout.name) == ("tax", "collections")
    assert CATALOG.identify("tax-in", "ZSMX_20261123_001.txt.gz")[1] is layout
    assert CATALOG.identify("tax-in", "ZSMX_20261123_001.dat.ZIP")[1].name == "collections_fixed"


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("tax-in", "ZSMX_20261131_001.txt"),
        ("tax-in", "ZSMX_20261123_01.txt"),
        ("tax-in", "zsmx_20261123_001.txt"),
        ("tax-in", "ZSMX_２０２６１１２３_001.txt"),
        ("tax-in", "ZSMX_20261123_001.txt.bak"),
        ("tax-in", "ZSMX_20261123_001.txt\n"),
        ("treasury-in", "ZSMX_20261123_001.txt"),
        ("nowhere", "ZSMX_20261123_001.txt"),
    ],
)
def test_other_names_are_not_recognised(channel, name) -> None:
    with pytest.raises(Rejected) as caught:
        CATALOG.identify(channel, name)
    assert caught.value.code == "file_not_recognised"
    assert caught.value.place.file is not None
    assert "\n" not in caught.value.place.file


def test_a_name_that_fits_twice_is_ambiguous(tmp_path) -> None:
    catalog = load(tmp_path, abc=GOOD, xyz=GOOD.replace("{day:%Y%m%d}", "{any}{day:%Y%m%d}"))

    assert catalog.identify("tax-in", "A_x20261123.txt")[0].code == "xyz"
    both = load(tmp_path, abc=GOOD, xyz=GOOD)
    with pytest.raises(Rejected, match=r"abc\.list, xyz\.list") as caught:
        both.identify("tax-in", "A_20261123.txt")
    assert caught.value.code == "file_ambiguous"


def test_unknown_partners_and_layouts_are_refused_with_those_known() -> None:
    with pytest.raises(Rejected, match="treasury"):
        CATALOG.partner("nobody")
    with pytest.raises(Rejected, match="collections_csv"):
        CATALOG.partner("tax").layout("nothing")
