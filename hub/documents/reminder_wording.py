"""The words of a reminder (催办函): it repeats a letter whose reply is late, and asks again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.documents.wording import (
    DATE_PENDING,
    NUMBER_PENDING,
    LetterText,
    Section,
    cause_grid,
    monthly_title,
    spelled,
)
from hub.domain.chinese import date_text, month_text

if TYPE_CHECKING:
    from hub.domain.letter_content import Earlier, LetterContent, Stamp

_FIRST = 1


def reminder_text(content: LetterContent, stamp: Stamp | None) -> LetterText:
    """Return the reminder of the letter named by `content.earlier`; without a stamp a draft.

    A reminder has no annexes: those of the letter itself hold. `ValueError` when the content is
    about no earlier letter, which is a bug of the caller.
    """
    earlier = content.earlier
    if earlier is None:
        raise ValueError("a reminder is about an earlier letter")
    return LetterText(
        agency=content.agency,
        number=stamp.number if stamp else NUMBER_PENDING,
        title_lines=(f"关于催请回复{month_text(content.month)}社会保险费", "核对情况的函"),
        addressee=f"{content.to_party}：",
        opening=_opening(content, earlier),
        sections=(_open_matters(content), _request(content, stamp)),
        closing="专此函达，请予函复。",
        annex_list=(),
        signature=content.agency,
        date=date_text(stamp.sent_on) if stamp else DATE_PENDING,
        contact=f"（{content.contact}）",
        copy_to=f"抄送：{content.cc_party}。",
        annexes=(),
        is_draft=stamp is None,
        dated_on=stamp.sent_on if stamp else content.until,
    )


def _opening(content: LetterContent, earlier: Earlier) -> str:
    again = "" if earlier.ordinal == _FIRST else f"这是第{earlier.ordinal}次催办。"
    return (
        f"我单位于{date_text(earlier.sent_on)}以《{''.join(monthly_title(content.month))}》"
        f"（{earlier.number}，以下简称原函）函请贵局核查{month_text(content.month)}社会保险费征收与"
        f"财政专户入账不符的款项，并请于{date_text(earlier.due_on)}前书面回复。现已逾期"
        f"{earlier.overdue_working_days}个工作日，我单位尚未收到贵局的书面回复，特此催办。{again}"
    )


def _open_matters(content: LetterContent) -> Section:
    return Section(
        heading="一、待回复事项",
        paragraphs=(
            (
                f"原函所列核对不符共{content.count}笔，涉及金额"
                f"{spelled(content.amount_fen)}。按核对结论分列如下（单位：笔、元），"
                "逐笔情况和涉及人员见原函附件："
            ),
        ),
        grid=cause_grid(content),
    )


def _request(content: LetterContent, stamp: Stamp | None) -> Section:
    until = f"{content.reply_working_days}个工作日内"
    day = (
        f"{date_text(stamp.due_on)}前（自本函发出之日起{until}）"
        if stamp
        else (f"自本函发出之日起{until}")
    )
    return Section(
        heading="二、请予办理事项",
        paragraphs=(
            f"（一）请于{day}按原函要求逐笔核查，将核查结果书面回复我单位。",
            "（二）暂时不能核清的，请先书面告知已核清部分、未核清的原因和预计回复时间。",
            "（三）贵局回复如已发出，请告知文号和发出日期，以便我单位查收。",
        ),
    )
