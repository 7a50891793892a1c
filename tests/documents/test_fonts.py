"""Fonts are found in the agency's folder, the system and packages; gaps are known beforehand."""

from __future__ import annotations

import pytest

from hub.documents import fonts
from hub.documents.fonts import PACKAGES

GB_NAMES = "欧阳𠮷祥㛃阿卜杜拉·买买提江䶮㑇〔〕—：１"


def test_packages_of_the_installation_are_enough():
    typeface = fonts.find(system_folders=())

    assert typeface is not None
    assert typeface.missing([GB_NAMES]) == ()


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_alone_prints_plain_chinese(package):
    typeface = fonts.find(system_folders=(), packages=[package])

    assert typeface is not None
    assert typeface.missing(["社会保险费核对函"]) == ()


def test_a_machine_without_chinese_fonts_is_known_as_such(tmp_path):
    assert fonts.find(system_folders=(tmp_path,), packages=()) is None
    assert fonts.find(tmp_path / "none", system_folders=(), packages=["not_installed"]) is None


def test_missing_characters_are_listed_once_in_code_order():
    typeface = fonts.find()

    assert typeface.missing(["张\U0010fffd", "\ue000\U0010fffd", "李"]) == ("\ue000", "\U0010fffd")


def test_a_serif_comes_first_because_letters_are_set_in_song():
    assert "Serif" in fonts.find(system_folders=()).families[0]
