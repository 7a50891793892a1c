"""DuckDB's SQL, as far as the engine uses it, in the words of Spark.

sqlglot knows most of the differences. What it leaves is here: macros, which Spark lacks, are
written out; variables and parameters become literals; and a few functions have other names.
Anything that the engine does not use is not translated, and Spark refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp, parse_one

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DUCKDB: Final = "duckdb"
_SPARK: Final = "spark"

# Euclid's steps; numbers of 64 bits need at most 91
_GCD: Final = """
aggregate(sequence(1, 91), named_struct('a', a, 'b', b),
    (s, _) -> if(s.b = 0, s, named_struct('a', s.b, 'b', s.a % s.b)), s -> s.a)
"""
_OWN_MACROS: Final = {"divisor": f"aggregate(collect_list(x), 0L, (a, b) -> {_GCD})"}
"""Bodies that macros have in Spark, where DuckDB's has no translation."""


class Dialect:
    """Keeps the macros and variables of one run, and translates its statements."""

    def __init__(self) -> None:
        self._macros: dict[str, tuple[list[str], exp.Expr]] = {}
        self._variables: dict[str, object] = {}

    def parse(self, statement: str) -> exp.Expr:
        """Return a statement of DuckDB's as a tree."""
        return parse_one(statement, read=_DUCKDB)

    def define(self, macro: exp.Create) -> None:
        """Keep `CREATE MACRO name(…) AS …`."""
        name = macro.this.this.name
        own = _OWN_MACROS.get(name)
        body = parse_one(own, read=_SPARK) if own else macro.expression
        self._macros[name] = ([one.name for one in macro.this.expressions], body)

    def assign(self, name: str, value: object) -> None:
        """Keep `SET VARIABLE name = value`."""
        self._variables[name] = value

    def written_out(self, tree: exp.Expr, parameters: Mapping[str, object]) -> exp.Expr:
        """Return a tree with parameters, variables and macros written out."""

        def change(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Placeholder | exp.Parameter) and node.name in parameters:
                return _literal(parameters[node.name])
            if isinstance(node, exp.Anonymous):
                return self._called(node, change)
            if isinstance(node, exp.DataType) and node.this is exp.DataType.Type.INT128:
                return exp.DataType.build("decimal(38, 0)")
            if isinstance(node, exp.Select):
                _compare_keys(node)
            return node

        return tree.transform(change)

    def _called(self, call: exp.Anonymous, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        name = call.name.lower()
        if name == "getvariable":
            return _literal(self._variables[call.expressions[0].name])
        if name not in self._macros:
            return call
        names, body = self._macros[name]
        values: list[exp.Expr] = [one.transform(change) for one in call.expressions]
        given = dict(zip(names, values, strict=True))

        def fill(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and not node.table and node.name in given:
                return given[node.name].copy()
            return node

        return exp.paren(body.transform(fill).transform(change), copy=False)


def _compare_keys(select: exp.Select) -> None:
    """Write `USING` of semi and anti joins out: Spark would move these columns to the front."""
    for number, join in enumerate(select.args.get("joins") or ()):
        if join.kind in ("SEMI", "ANTI") and (names := join.args.get("using")):
            left, right = select.args["from_"].this, join.this
            if not right.alias_or_name:
                right.set("alias", exp.TableAlias(this=exp.to_identifier(f"joined_{number}")))
            pairs = [
                exp.EQ(
                    this=exp.column(name.name, left.alias_or_name),
                    expression=exp.column(name.name, right.alias_or_name),
                )
                for name in names
            ]
            join.set("using", None)
            join.set("on", exp.and_(*pairs))


def spark_sql(tree: exp.Expr) -> str:
    """Return Spark's text of a query."""
    return tree.sql(_SPARK)


def _literal(value: object) -> exp.Expr:
    return exp.convert(value)
