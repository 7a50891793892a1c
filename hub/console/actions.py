"""A registered action as a form and over HTTP: one input, one run, one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from markupsafe import Markup
from pydantic import ValidationError

from hub.console.access import may_use, require_scope
from hub.console.context import console, viewer
from hub.console.fields import shown
from hub.console.language import gettext
from hub.console.mistakes import mistakes
from hub.console.pages import render
from hub.console.second_factor import require_fresh_code
from hub.errors import HubError, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from werkzeug.datastructures import MultiDict
    from werkzeug.wrappers import Response as AnyResponse

    from hub.console.registry import Action, Done, Input
    from hub.domain.permission import Permission

_OWN = frozenset({"csrf_token", "code", "lang"})
REFUSED = 422


def install(app: Flask) -> None:
    """Add the addresses of actions, and the forms of actions to templates."""
    app.add_url_rule("/actions/<name>", "action", _form)
    app.add_url_rule("/actions/<name>", "do_action", _submit, methods=["POST"])
    app.add_url_rule("/api/v1/actions/<name>", "api_action", _call, methods=["POST"])
    app.jinja_env.globals.update(action_form=action_form, action_link=action_link, may_act=may_act)


def open_action(name: str) -> Action:
    """Return an action that this viewer may use; 404 when there is none, refused when not."""
    action: Action | None = console().registry.actions.get(name)
    if action is None:
        abort(404)
    if not may_use(action, viewer()):
        raise Rejected("not_permitted", permission=_names(action.permissions))
    require_scope(action.scope)
    return action


def may_act(name: str) -> bool:
    """Tell a template whether to offer an action to this viewer."""
    return may_use(console().registry.actions[name], viewer())


def action_link(name: str, **given: object) -> Markup:
    """Return a link to an action's form with some values given; nothing when not allowed."""
    if not may_act(name):
        return Markup("")
    action = console().registry.actions[name]
    known = {key: str(value) for key, value in given.items() if value is not None}
    href = f"{url_for('action', name=name)}?{urlencode(known)}"
    style = "secondary outline" if action.danger else "outline"
    return Markup('<a role="button" class="{}" href="{}">{}</a>').format(
        style, href, gettext(action.label)
    )


def action_form(name: str, **given: object) -> Markup:
    """Return an action's form for a page, the given values hidden; nothing when not allowed."""
    if not may_act(name):
        return Markup("")
    action = console().registry.actions[name]
    fields = [field for field in shown(action.takes) if field.name not in given]
    # the template writes every value escaped
    return Markup(  # noqa: S704
        _render_form("action_form.html", action, fields=fields, given=given, values={})
    )


def _form(name: str) -> str:
    return _page(open_action(name), _given(request.args))


def _submit(name: str) -> tuple[str, int] | AnyResponse:
    action = open_action(name)
    values = _typed(action.takes, request.form.to_dict(flat=False))
    values |= {k: f for k, f in request.files.items() if f.filename}
    try:
        done = perform(action, values, request.form.get("code"))
    except ValidationError as error:
        return _page(action, _given(request.form), wrong=mistakes(error)), REFUSED
    except HubError as error:
        return _page(action, _given(request.form), refusal=error), REFUSED
    flash(done.text)
    return redirect(done.href or url_for("home"), code=303)


def _call(name: str) -> Response:
    action = open_action(name)
    if request.mimetype == "multipart/form-data":
        sent: Any = _typed(action.takes, request.form.to_dict(flat=False))
        sent |= dict(request.files)
    else:
        sent = request.get_json()
    if not isinstance(sent, dict):
        raise Rejected("json_object_expected")
    code = sent.pop("code", None)
    done = perform(action, sent, code if isinstance(code, str) else None)
    return jsonify({"text": done.text, "href": done.href, **done.data})


def perform(action: Action, values: Mapping[str, Any], code: str | None) -> Done:
    """Check what was given, ask for the second factor where one is due, and do it."""
    taken = action.takes.model_validate(values)
    if action.step_up:
        require_fresh_code(code)
    return action.run(console().services, viewer(), taken)


def _page(action: Action, values: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401
    fields = shown(action.takes)
    return _render_form("action.html", action, fields=fields, given={}, values=values, **more)


def _render_form(template: str, action: Action, **values: Any) -> str:  # noqa: ANN401
    return render(template, action=action, **values)


def _given(sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return what an address or a form says, to be shown in one: of `ids` all, else the first."""
    values = sent.to_dict(flat=False)
    return {k: v if k == "ids" else v[0] for k, v in values.items() if k not in _OWN}


def _typed(takes: type[Input], form: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return what a form sent: several values for lists, and an empty field is no value."""
    several = {field.name for field in shown(takes) if field.kind == "ids"}
    typed: dict[str, Any] = {}
    for name, sent in form.items():
        if name in _OWN:
            continue
        if name in several:
            typed[name] = [one for one in sent if one]
        elif sent[0] != "":
            typed[name] = sent[0]
    return typed


def _names(permissions: tuple[Permission, ...]) -> str:
    return ", ".join(permission.value for permission in permissions)
