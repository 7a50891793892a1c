"""The engine's statements on a Spark cluster, through Spark Connect.

The cluster reads the same Parquet files as DuckDB does, and writes where the hub finds it: both see
the folders under the same names. Each table that a statement makes is a Parquet file in the work
folder, so that a cluster repeats a step and not everything when it loses a machine; what the steps
keep in memory or spill is Spark's own affair.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
from pyspark.errors import AnalysisException, ArithmeticException, PySparkValueError
from pyspark.errors.exceptions.connect import SparkConnectException
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession
from sqlglot import exp

from hub.bulk.spark_dialect import Dialect, spark_sql
from hub.errors import Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame

_SETTINGS: Final = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
}
_GATHER_MB: Final = 1000
_RETRIES: Final = 4  # of a call that did not get through: four seconds
_NOTHING: Final[Mapping[str, object]] = {}


class Found:
    """The rows of a query."""

    def __init__(self, rows: Sequence[tuple[Any, ...]] = ()) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows, as DuckDB does."""
        return [*self._rows]


@contextmanager
def session(url: str, folder: str | Path) -> Iterator[SparkSql]:
    """Give a session of its own on a cluster; `folder` is one that hub and cluster share.

    `Unavailable` if the cluster does not answer or fails; `Rejected` if the URL is none.
    """
    try:
        spark = SparkSession.builder.remote(url).create()
    except PySparkValueError as error:
        raise Rejected("spark_url_invalid") from error
    spark.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    try:
        for name, value in _SETTINGS.items():
            spark.conf.set(name, value)
        yield SparkSql(spark, Path(folder))
    except (AnalysisException, ArithmeticException):
        raise  # a bug of ours, or money that does not fit
    except SparkConnectException as error:  # its text may quote rows, so it is not passed on
        reason = error.getCondition() or type(error).__name__
        raise Unavailable("spark_unavailable", reason=reason) from error
    finally:
        spark.client.set_retry_policies([DefaultPolicy(max_retries=0)])
        with suppress(SparkConnectException):
            spark.stop()


class SparkSql:
    """Runs what the engine says in a session of Spark, and keeps its steps in `folder`."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self._session, self._folder = spark, folder
        self._dialect = Dialect()
        self._files = 0
        self._tables: dict[str, DataFrame] = {}

    def execute(self, statement: str, parameters: Mapping[str, object] = _NOTHING, /) -> Found:
        """Run one statement of the engine's."""
        tree = self._dialect.parse(statement)
        if isinstance(tree, exp.Create) and tree.kind == "MACRO":
            self._dialect.define(tree)
        elif isinstance(tree, exp.Set):
            self._assign(tree, parameters)
        elif isinstance(tree, exp.Create) and (given := _given(tree.expression, parameters)):
            self._keep(tree.this.name, self._session.createDataFrame(given))
        else:
            return self._run(self._dialect.written_out(tree, parameters))
        return Found()

    def _run(self, tree: exp.Expr) -> Found:
        match tree:
            case exp.Create():
                self._create(tree)
            case exp.Insert():
                self._insert(tree)
            case exp.Copy():
                self._copy(tree)
            case _:
                return self._select(tree)
        return Found()

    def _assign(self, setting: exp.Set, parameters: Mapping[str, object]) -> None:
        for one in setting.expressions:
            self._dialect.assign(one.this.this.name, parameters[one.this.expression.name])

    def _select(self, query: exp.Expr) -> Found:
        if [one.sql() for one in query.find_all(exp.Table)] == ["information_schema.tables"]:
            return Found([(name,) for name in self._tables])
        return Found([tuple(row) for row in self._frame(query).collect()])

    def _create(self, create: exp.Create) -> None:
        """Make a view, or write what a query finds and name it."""
        query = create.expression
        if query is None:
            columns = ", ".join(spark_sql(one) for one in create.this.expressions)
            self._keep(create.this.this.name, self._session.createDataFrame([], columns))
        elif create.kind == "VIEW":
            self._keep(create.this.name, self._frame(query))
        else:
            self._keep(create.this.name, self._written(self._frame(query)))

    def _insert(self, insert: exp.Insert) -> None:
        name = insert.this.name
        table, more = self._tables[name], self._frame(insert.expression)
        if not insert.args.get("by_name"):
            more = more.toDF(*table.columns)
        more = self._written(more)
        self._keep(name, table.unionByName(more, allowMissingColumns=True))

    def _keep(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._tables[name] = frame

    def _written(self, frame: DataFrame) -> DataFrame:
        """Write rows and return them as what stands in the files."""
        self._files += 1
        folder = _shared(self._folder / f"step-{self._files}")
        frame.write.parquet(folder)
        return self._session.read.schema(frame.schema).parquet(folder)

    def _copy(self, copy: exp.Copy) -> None:
        """Write what a query finds into one Parquet file, in its order."""
        self._files += 1
        folder = self._folder / f"step-{self._files}"
        self._frame(copy.this.this).write.parquet(_shared(folder))
        (path,) = copy.args["files"]
        gather(sorted(folder.glob("*.parquet")), Path(path.name))

    def _frame(self, query: exp.Expr) -> DataFrame:
        if isinstance(query, exp.Union) and query.args.get("by_name"):
            left, right = self._frame(query.this), self._frame(query.expression)
            return left.unionByName(right, allowMissingColumns=True)
        for read in list(query.find_all(exp.ReadParquet)):
            read.replace(exp.to_identifier(self._opened(read)))
        self._number_columns(query)
        return self._session.sql(spark_sql(query))

    def _opened(self, read: exp.ReadParquet) -> str:
        """Return a name for Parquet files, whose columns are put together by name."""
        paths = [_shared(Path(one.name)) for one in read.expressions[0].find_all(exp.Literal)]
        self._files += 1
        name = f"files_{self._files}"
        files = self._session.read.option("mergeSchema", len(paths) > 1).parquet(*paths)
        files.createOrReplaceTempView(name)
        return name

    def _number_columns(self, query: exp.Expr) -> None:
        """Write `ORDER BY …, COLUMNS(*)` out: Spark has no such thing, but numbers of columns."""
        order = query.args.get("order")
        if order is None or not (all_columns := order.find(exp.Columns)):
            return
        bare = query.copy()
        bare.set("order", None)
        columns = self._session.sql(spark_sql(bare)).columns
        all_columns.parent.pop()
        for number in range(1, len(columns) + 1):
            order.append("expressions", exp.Ordered(this=exp.convert(number), nulls_first=False))


def _shared(path: Path) -> str:
    """Return how the cluster is told of a path: without `file:` many take it for one of HDFS."""
    return f"file://{path.resolve()}"


def gather(parts: Sequence[Path], path: Path) -> None:
    """Put parts together into one file, in their order."""
    with duckdb.connect(config={"memory_limit": f"{_GATHER_MB}MB"}) as connection:
        connection.execute(
            "COPY (SELECT * FROM read_parquet($parts)) TO $path (FORMAT parquet, COMPRESSION zstd)",
            {"parts": [str(part) for part in parts], "path": str(path)},
        )


def _given(query: exp.Expr | None, parameters: Mapping[str, object]) -> pa.Table | None:
    """Return the rows of `SELECT unnest($values) AS name, …`."""
    columns = query.expressions if isinstance(query, exp.Select) else []
    if not columns or not all(isinstance(one.this, exp.Explode) for one in columns):
        return None
    table = pa.table({one.alias: parameters[one.this.this.name] for one in columns})
    narrow = [
        (one.name, pa.int32() if one.type == pa.int64() else one.type) for one in table.schema
    ]
    return table.cast(pa.schema(narrow))  # DuckDB takes small numbers for INTEGER
