"""The reader's language: Chinese or English, and the Chinese of the English messages.

Messages are English in code and templates; `translations/zh_CN/*.po` hold their Chinese, one file
a topic, read as they are: nothing has to be compiled. English is the message itself.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal, cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog
    from flask import Flask, Response

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
COOKIE: Final = "hub-language"
_YEAR_S: Final = 365 * 24 * 3600


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """Mark a message that is translated where it is shown."""
    return message


def language() -> Language:
    """Return the language of this request: chosen, else the browser's, else Chinese."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        chosen = request.args.get("lang") or request.cookies.get(COOKIE)
        if chosen not in LANGUAGES:
            chosen = request.accept_languages.best_match(LANGUAGES) or "zh"
        g.language = chosen
    return cast("Language", g.language)


def gettext(message: str, **values: object) -> str:
    """Return a message in the reader's language; `%(name)s` stands for a value."""
    text = str(_translations(language()).gettext(message)) if message else ""
    return text % values if values else text


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """Return a message about a number of things; Chinese has one form for all numbers."""
    text = str(_translations(language()).ngettext(one, many, number))
    return text % {"num": number, **values}


def catalogs() -> dict[str, Catalog]:
    """Return the Chinese catalogs by topic."""
    found = {}
    for resource in files("hub.console").joinpath("translations", "zh_CN").iterdir():
        if resource.name.endswith(".po"):
            found[resource.name.removesuffix(".po")] = read_po(
                BytesIO(resource.read_bytes()), locale="zh_CN"
            )
    return found


def install(app: Flask) -> None:
    """Let templates translate with `_("…")`, `gettext` and `{% trans %}`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=False
    )
    app.jinja_env.globals.update(language=language)
    app.after_request(_keep)


def _keep(answer: Response) -> Response:
    """Keep a language that was chosen in the address, as a choice of this browser."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        answer.set_cookie(COOKIE, chosen, max_age=_YEAR_S, secure=True, samesite="Strict")
    return answer


@cache
def _translations(wanted: Language) -> NullTranslations:
    if wanted == "en":
        return NullTranslations()
    merged: Translations | None = None
    for _topic, catalog in sorted(catalogs().items()):
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        one = Translations(compiled)
        merged = one if merged is None else merged.merge(one)
    return merged or NullTranslations()
