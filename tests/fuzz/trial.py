"""One input and what became of it; the bounds of time and memory that each must keep."""

from __future__ import annotations

import resource
import signal
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected
from tests.fuzz.target import Refused

if TYPE_CHECKING:
    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run, Target

CPU_S: Final = 2.0
GROWTH_KIB: Final = 256 * 1024
ADDRESS_SPACE: Final = 4 * 1024**3  # beyond what the process has: a bomb becomes a MemoryError


class TooSlow(BaseException):
    """An input used more than `CPU_S`."""


@dataclass(frozen=True)
class Outcome:
    """`kind`: taken, refused, or broken; `what` is the refusal's code or where it broke."""

    kind: str
    what: str = ""
    detail: str = ""


def bound() -> None:
    """Let this process not harm the machine; one that stands still is ended by its parent."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123
        pages = int(statm.read().split()[0])
    most = pages * resource.getpagesize() + ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def attempt(target: Target, run: Run, given: Seed) -> Outcome:
    """Try one input; whatever happens is an outcome, except the death of the process."""
    begin, peak = time.process_time(), peak_kib()
    before = signal.signal(signal.SIGPROF, _slow)
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    try:
        outcome = _judged(target, run, given)
    except TooSlow as error:
        outcome = Outcome("broken", f"TooSlow at {_where(error)}", f"over {CPU_S} s of CPU")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    grown = peak_kib() - peak
    if grown > GROWTH_KIB and outcome.kind != "broken":
        return Outcome("broken", "TooMuchMemory", f"grew by {grown // 1024} MiB")
    if time.process_time() - begin > CPU_S and outcome.kind != "broken":
        return Outcome("broken", "TooSlow", f"{time.process_time() - begin:.1f} s of CPU")
    return outcome


def _judged(target: Target, run: Run, given: Seed) -> Outcome:
    try:
        run(*given)
    except target.refusals as error:
        if isinstance(error, Rejected):
            error.as_dict()  # its words can be written in both languages
            if target.placed and error.place.file is None:
                return Outcome("broken", f"no place: {error.code}", error.explain("en"))
            return Outcome("refused", error.code)
        return Outcome(
            "refused", str(error)[:20] if isinstance(error, Refused) else type(error).__name__
        )
    except TooSlow:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        kind = type(error).__name__
        shown = "".join(traceback.format_exception(error)[-6:])[-1500:]
        where = str(error) if kind == "Unsafe" else _where(error)
        return Outcome("broken", f"{kind} at {where}"[:160], shown)
    return Outcome("taken")


def _where(error: BaseException) -> str:
    """Return the innermost place in the product."""
    frames = [
        f"{frame.filename.rpartition('/main/')[2]}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "/hub/" in frame.filename or "/hub_verify/" in frame.filename
    ]
    return frames[-1] if frames else "outside"


def _slow(_number: int, _frame: object) -> None:
    raise TooSlow


def peak_kib() -> int:
    """Return the most memory that this process had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
