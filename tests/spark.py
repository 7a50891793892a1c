"""A real Spark that tests and benchmarks start themselves: one process, on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from tests.servers import HOST, _free_port

ROOT = Path(__file__).parent.parent
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
READY = "Spark Connect server started"
START_S = 180
LOG = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
logger.connect.name = {server}
logger.connect.level = info
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{{HH:mm:ss}} %p %c{{1}}: %m%n%ex
"""
# thousands of small queries: compiling them, by Spark or by Java, would take longer than running
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def home() -> Path:
    """Return where Spark is, or would be."""
    return Path(os.environ.get("SPARK_HOME", ROOT / ".venv" / "spark" / "deps"))


def is_there() -> bool:
    """Tell whether a server can be started."""
    return shutil.which("java") is not None and (home() / "bin" / "spark-submit").exists()


class SparkServer:
    """A Spark Connect server on two processors; `url` is its address."""

    def __init__(self, folder: Path, settings: dict[str, str], *, memory: str = "1g") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log4j2.properties").write_text(LOG.format(server=SERVER))
        self.log = folder / "server.log"
        port = _free_port()
        self.url = f"sc://{HOST}:{port}"
        given = {
            "spark.ui.enabled": "false",
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.connect.grpc.binding.address": HOST,
            "spark.connect.grpc.binding.port": str(port),
            **settings,
        }
        options = [word for name, value in given.items() for word in ("--conf", f"{name}={value}")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [home() / "bin" / "spark-submit", "--class", SERVER, "--master", "local[2]",
                 "--driver-memory", memory, *options, "spark-internal"],
                env={**os.environ, "SPARK_HOME": str(home()), "SPARK_CONF_DIR": str(folder),
                     "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_LOCAL_IP": HOST},
                cwd=folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def is_ready(self) -> bool:
        """Tell whether it takes calls; fail if it has ended."""
        assert self.process.poll() is None, self.log.read_text()
        return READY in self.log.read_text()

    def stop(self) -> None:
        """End it and whatever it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


# the client looks for one when it is imported by a test
os.environ.setdefault("SPARK_HOME", str(home()))
