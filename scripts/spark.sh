#!/bin/sh
# Fetches a Spark into .venv/spark, once: the client that the extra `spark` brings, and a server for
# tests and benchmarks. Both come as source archives only, which the lock files do not allow; their
# digests stand here. A server of one's own: set SPARK_HOME.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/spark/.sha256
wanted=$(sha256sum "$0")
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0
echo "Fetching Spark into .venv/spark (once) …" >&2
rm -rf .venv/spark
mkdir .venv/spark
cat >.venv/spark/client.txt <<'END'
pyspark-client==4.2.0 --hash=sha256:4008fe5e537bf0e57e7243d03abfaac089b7c87316bd07024784d8ea726f5d41
END
cat >.venv/spark/server.txt <<'END'
pyspark==4.3.0 --hash=sha256:e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6
END
export PIP_DISABLE_PIP_VERSION_CHECK=1
pip() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip "$@" --quiet --no-deps --require-hashes
    else
        "${PYTHON:-python3}" -m pip --python .venv/bin/python "$@" --quiet --no-deps --require-hashes
    fi
}
pip install -r .venv/spark/client.txt
pip download -r .venv/spark/server.txt --dest .venv/spark
tar xzf .venv/spark/pyspark-4.3.0.tar.gz -C .venv/spark --strip-components=1 \
    pyspark-4.3.0/deps/bin pyspark-4.3.0/deps/jars
rm .venv/spark/pyspark-4.3.0.tar.gz
echo "$wanted" >"$stamp"
