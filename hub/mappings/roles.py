"""Reads `config/roles.toml`: the roles (岗位) of this deployment and what each may do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hub.domain.permission import Permission, Role, united
from hub.errors import Rejected
from hub.settings import ConfigErrors, suggest
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "roles.toml"
ROLES_MAX: Final = 100
CODE: Final = r"[a-z][a-z_]{0,39}"
KEYS: Final = ("zh", "en", "permissions", "scoped")


def load_roles(config_dir: Path) -> dict[str, Role]:
    """Return the roles of a configuration folder by code; `ConfigErrors` holds every problem."""
    config_dir = config_dir.resolve()
    reader = Reader(f"{config_dir.name}/{FILE}", config_dir)
    table = read_table(config_dir / FILE, reader)[1]
    if len(table) > ROLES_MAX:
        reader.report("", f"must have at most {ROLES_MAX} roles")
    roles = {code: _role(code, one, reader) for code, one in list(table.items())[:ROLES_MAX]}
    if table and not any(Permission.PEOPLE_MANAGE in role.permissions for role in roles.values()):
        reader.report("", f'no role may "{Permission.PEOPLE_MANAGE}": nobody could add people')
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return roles


def _role(code: str, table: Any, reader: Reader) -> Role:  # noqa: ANN401 -- whatever TOML holds
    if not re.fullmatch(CODE, code):
        reader.report(code, f"a role is named like {CODE}")
    if not isinstance(table, dict):
        reader.report(code, "must be a table")
        table = {}
    for name in table:
        if name not in KEYS:
            reader.report(f"{code}.{name}", f'"{name}" is not known', suggest(name, KEYS))
    for name in ("zh", "en"):
        if not isinstance(table.get(name), str) or not table[name].strip():
            reader.report(f"{code}.{name}", "must be a name")
    scoped = table.get("scoped", False)
    if not isinstance(scoped, bool):
        reader.report(f"{code}.scoped", "must be true or false")
    role = Role(
        code=code, zh=str(table.get("zh")), en=str(table.get("en")), scoped=bool(scoped),
        permissions=_permissions(code, table.get("permissions"), reader),
    )  # fmt: skip
    try:
        united([role])
    except Rejected as error:
        reader.report(f"{code}.permissions", error.explain("en"))
    return role


def _permissions(code: str, given: object, reader: Reader) -> frozenset[Permission]:
    if not isinstance(given, list) or not given:
        reader.report(f"{code}.permissions", "must be a list of permissions")
        return frozenset()
    known = [permission.value for permission in Permission]
    for name in given:
        if name not in known:
            reader.report(
                f"{code}.permissions", f'"{name}" is not known', suggest(str(name), known)
            )
    return frozenset(Permission(name) for name in given if name in known)
