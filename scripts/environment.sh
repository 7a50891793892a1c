# Makes .venv from a lock file, once per lock: `environment requirements.lock`. Sourced by ./run and ./test.
# Needs Python 3.11+ with pip; Debian's python3-venv is used when it is there and not needed when it is not.

environment() {
    lock=$1
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Python 3.11 or newer is needed; set PYTHON to its path. 需要 Python 3.11 或更高版本。" >&2
        exit 2
    }
    stamp=.venv/.$(basename "$lock").sha256
    wanted=$(sha256sum "$lock" pyproject.toml | sha256sum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
    echo "Installing into .venv (once per lock file) …" >&2
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        "$python" -m venv --without-pip --clear .venv
    fi
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        set -- .venv/bin/python -m pip
    else
        set -- "$python" -m pip --python .venv/bin/python
    fi
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    "$@" install --quiet --require-hashes --only-binary :all: -r "$lock"
    "$@" install --quiet hatchling editables
    "$@" install --quiet --no-deps --no-build-isolation --editable .
    echo "$wanted" >"$stamp"
}
