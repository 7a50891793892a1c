"""Signing in: enrolment, password with one-time code, sessions.

Whoever fails learns only that something was wrong, after the same work whatever it was.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.person import PersonState, wait_after
from hub.errors import Rejected
from hub.flows.people import plain_code, sha256_of
from hub.store.sessions import Session

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.person import Person
    from hub.flows.services import Services
    from hub.ports import Credentials
    from hub.store.engine import UnitOfWork

SEEN_EVERY: Final = timedelta(minutes=1)  # how exact the time of last use is
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person with a session; `token` goes to the browser and is kept nowhere."""

    person: Person
    session: Session
    token: str


def credentials(services: Services) -> Credentials:
    """Return what compares passwords and codes; `Rejected("console_key_missing")` without."""
    if services.credentials is None:
        raise Rejected("console_key_missing")
    return services.credentials


def sign_in(
    name: str, password: str, code: str, *, address: str, agent: str, services: Services
) -> SignedIn:
    """Begin a session; `Rejected("sign_in_failed")` says no more than that.

    After some failures in a row a name waits, each time twice as long; that is said to nobody.
    """
    known, at = credentials(services), services.real_now()
    with services.store.read() as uow:
        person = uow.people.signing_in(name)
        hashed = None if person is None else uow.people.secret(person, "password_hash")
        factor = None if person is None else uow.people.secret(person, "factor")
    is_right = known.is_password(password, hashed)
    step = known.step_of(factor or known.new_factor(), code, at=at)

    def unit(uow: UnitOfWork) -> SignedIn | None:
        now = None if person is None else uow.people.get(person.id)
        if now is None or not _may_try(now, at):
            uow.security.note(
                "sign_in.refused", person=now.name if now else None, address=address, at=at
            )  # fmt: skip
            return None
        same = uow.people.secret(now, "password_hash") == hashed
        if not (is_right and same and step is not None and uow.people.use_step(now, step)):
            _count_failure(now, uow, address=address, at=at)
            return None
        return begin_session(now, uow, address=address, agent=agent, services=services)

    signed_in = services.store.transact(unit)
    if signed_in is None:
        raise Rejected("sign_in_failed")
    return signed_in


def begin_session(
    person: Person,
    uow: UnitOfWork,
    *,
    address: str,
    agent: str,
    services: Services,
    by_provider: bool = False,
) -> SignedIn:
    """Begin a session of somebody who proved to be this person.

    A provider's word does not end the wait after wrong codes: these are guessed at no faster.
    """
    at, token = services.real_now(), secrets.token_urlsafe(_TOKEN_BYTES)
    until = at + timedelta(hours=services.settings.console.absolute_hours)
    session = Session(
        token_sha256=sha256_of(token), person_id=person.id, made_at=at, seen_at=at, until=until,
        address=address, agent=agent[:200],
    )  # fmt: skip
    if not by_provider:
        uow.people.set(person, failed=0, locked_until=None)
    uow.sessions.add(session)
    event = "sign_in.by_provider" if by_provider else "sign_in.done"
    uow.security.note(event, person=person.name, address=address, at=at, detail=agent[:200])
    return SignedIn(person=person, session=session, token=token)


def resume(token: str, *, services: Services, in_use: bool = True) -> SignedIn | None:
    """Return who has a session, if it goes on: not idle, not too old, the person not disabled.

    `in_use` is false for what a page asks by itself: that is no sign of anybody being there.
    """
    at, sha256 = services.real_now(), sha256_of(token)
    with services.store.read() as uow:
        session = uow.sessions.get(sha256)
        if session is None:
            return None
        person = uow.people.get(session.person_id)
    idle = timedelta(minutes=services.settings.console.idle_minutes)
    if (
        at >= session.until
        or at - session.seen_at >= idle
        or person.state is not PersonState.ACTIVE
    ):
        services.store.transact(lambda u: u.sessions.end(sha256))
        return None
    if in_use and at - session.seen_at >= SEEN_EVERY:
        services.store.transact(lambda u: u.sessions.seen(sha256, at=at))
    return SignedIn(person=person, session=session, token=token)


def sign_out(token: str, *, everywhere: bool = False, services: Services) -> None:
    """End a session, or all of its person's."""
    at, sha256 = services.real_now(), sha256_of(token)

    def unit(uow: UnitOfWork) -> None:
        session = uow.sessions.get(sha256)
        if session is None:
            return
        person = uow.people.get(session.person_id)
        uow.sessions.end(sha256)
        if everywhere:
            uow.sessions.end_all(person.id)
        event = "sign_out.everywhere" if everywhere else "sign_out.done"
        uow.security.note(event, person=person.name, address=session.address, at=at)

    services.store.transact(unit)


def require_code(person: Person, code: str, *, address: str, services: Services) -> None:
    """Demand a one-time code that was never used: `Rejected("code_wrong")`, `factor_missing`.

    Wrong codes count as failures to sign in do, and a name that must wait signs nothing.
    """
    known, at = credentials(services), services.real_now()

    def unit(uow: UnitOfWork) -> bool:
        now = uow.people.get(person.id)
        factor = uow.people.secret(now, "factor")
        if factor is None:
            raise Rejected("factor_missing")
        step = known.step_of(factor, code, at=at)
        if _may_try(now, at) and step is not None and uow.people.use_step(now, step):
            uow.security.note("step_up.done", person=now.name, address=address, at=at)
            return True
        if _may_try(now, at):
            _count_failure(now, uow, address=address, at=at, event="step_up.failed")
        return False

    if not services.store.transact(unit):
        raise Rejected("code_wrong")


def enrolling(name: str, code: str, *, services: Services) -> Person:
    """Return who may enrol with a code; `Rejected("enrolment_failed")`."""
    with services.store.read() as uow:
        return _enrolling(name, code, uow, services.real_now())


def enrol(
    name: str, code: str, *, password: str, factor: str, one_time: str, services: Services
) -> Person:
    """Give somebody a password and a second factor, whose one-time code proves that it works.

    `Rejected`: `enrolment_failed`, `password_length`, `password_common`, `code_wrong`.
    """
    known, at = credentials(services), services.real_now()
    person = enrolling(name, code, services=services)
    known.refuse_weak(password, person.sign_in, person.name, services.settings.agency.name)
    step = known.step_of(factor, one_time, at=at)
    if step is None:
        raise Rejected("code_wrong")
    hashed = known.hash_password(password)

    def unit(uow: UnitOfWork) -> Person:
        now = _enrolling(name, code, uow, at)
        uow.people.set(
            now, password_hash=hashed, password_at=at, factor=factor, factor_step=step,
            enrolment_sha256=None, enrolment_until=None, failed=0, locked_until=None,
        )  # fmt: skip
        uow.sessions.end_all(now.id)
        uow.journal.note(
            "person.enrolled", f"person:{now.name}", at=at, actor="person", person=now.name
        )
        return uow.people.get(now.id)

    return services.store.transact(unit)


def change_password(
    signed_in: SignedIn, present: str, new: str, code: str, *, services: Services
) -> None:
    """Change one's own password; every other session of this person ends."""
    known, at, person = credentials(services), services.real_now(), signed_in.person
    require_code(person, code, address=signed_in.session.address, services=services)
    with services.store.read() as uow:
        hashed = uow.people.secret(person, "password_hash")
    if not known.is_password(present, hashed):
        raise Rejected("password_wrong")
    known.refuse_weak(new, person.sign_in, person.name, services.settings.agency.name)
    fresh = known.hash_password(new)

    def unit(uow: UnitOfWork) -> None:
        uow.people.set(person, password_hash=fresh, password_at=at)
        uow.sessions.end_all(person.id, but=signed_in.session.token_sha256)
        uow.journal.note(
            "person.password_changed", f"person:{person.name}", at=at, actor="person",
            person=person.name,
        )  # fmt: skip

    services.store.transact(unit)


def _may_try(person: Person, at: datetime) -> bool:
    waits = person.locked_until is not None and at < person.locked_until
    return person.state is PersonState.ACTIVE and not waits


def _count_failure(
    person: Person, uow: UnitOfWork, *, address: str, at: datetime, event: str = "sign_in.failed"
) -> None:
    failed = person.failed + 1
    wait_s = wait_after(failed)
    until = at + timedelta(seconds=wait_s) if wait_s else None
    uow.people.set(person, failed=failed, locked_until=until)
    detail = f"{failed}" if not wait_s else f"{failed}, waits {wait_s} s"
    uow.security.note(event, person=person.name, address=address, at=at, detail=detail)


def _enrolling(name: str, code: str, uow: UnitOfWork, at: datetime) -> Person:
    person = uow.people.signing_in(name)
    kept = None if person is None else uow.people.secret(person, "enrolment_sha256")
    good = kept is not None and secrets.compare_digest(kept, sha256_of(plain_code(code)))
    if person is None or not good or person.state is not PersonState.ACTIVE:
        raise Rejected("enrolment_failed")
    if person.enrolment_until is None or at >= person.enrolment_until:
        raise Rejected("enrolment_failed")
    return person
