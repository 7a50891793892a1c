"""The checks of an evidence pack, each a function that says what held or raises `Wrong`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from hub_verify.pack import Wrong, canonical, json_of, sha256
from hub_verify.signatures import is_good, key_id

Parts = dict[str, bytes]
Say = Callable[[str, str], None]  # what held, in Chinese and English

MANIFEST: Final = b"agency-hub/evidence/1\n"
ENVELOPE: Final = b"agency-hub/envelope/1\n"
OUTSIDE: Final = frozenset({"manifest.json", "signature.json"})
CHINA: Final = timezone(timedelta(hours=8))  # days are those of the offices
_KEPT: Final = frozenset({"message.posted", "message.applied", "message.refused", "message.parked"})
_WRONG_SHAPE: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)


def check(parts: Parts, say: Say, *, pinned: str | None, heads: dict[int, str]) -> None:
    """Check everything, in the order in which each rests on what was checked before it."""
    keys = _keys(parts, say)
    _manifest(parts, keys, say, pinned)
    messages = _messages(parts, keys, say)
    _answers(messages, say)
    _receipts(messages, say)
    _journal(parts, messages, say, heads)
    _approvals(parts, say)


def _keys(parts: Parts, say: Say) -> list[dict[str, Any]]:
    keys = json_of(parts, "keys.json")
    with _Shape("keys.json"):
        for key in keys:
            if key_id(key["public_key"]) != key["key_id"]:
                raise Wrong("keys.json", "公钥与其编号不符", "a key does not have its own id")
            if _person(key["proposed_by"]) == _person(key["confirmed_by"]):
                raise Wrong("keys.json", "公钥由同一人登记复核", "one person entered a key alone")
        owners = sorted({f"{key['region']}:{key['key_id'][:8]}" for key in keys})
    say(
        f"公钥 {', '.join(owners)}（均由两人登记）", f"keys {', '.join(owners)}, each by two people"
    )
    return list(keys)


def _manifest(parts: Parts, keys: list[dict[str, Any]], say: Say, pinned: str | None) -> None:
    signed, manifest = json_of(parts, "signature.json"), json_of(parts, "manifest.json")
    with _Shape("manifest.json"):
        region, listed = manifest["region"], dict(manifest["parts"])
    with _Shape("signature.json"):
        mine = (region, signed["key_id"])
        own = [k["public_key"] for k in keys if (k["region"], k["key_id"]) == mine]
        if not own or (pinned is not None and pinned not in own):
            raise Wrong("signature.json", "不是导出机构的密钥", "is not by the exporter's key")
        signature = base64.b64decode(signed["signature"], validate=True)
        alone = {"key_id": mine[1], "signature": base64.b64encode(signature).decode()}
        if canonical(alone) != parts["signature.json"]:  # which nobody signs: no word beside it
            raise Wrong("signature.json", "不是规定写法", "is not in its agreed form")
        if not is_good(signature, MANIFEST + parts["manifest.json"], own[0]):
            raise Wrong("manifest.json", "签名无效", "its signature is not good")
    trust = "" if pinned else f"；请核对公钥 {own[0]}"
    say(f"清单由 {region} 签名{trust}", f"the manifest is signed by {region} with {own[0]}")
    for name in sorted(set(listed) | (set(parts) - OUTSIDE)):
        if name not in parts:
            raise Wrong(name, "缺失", "is missing")
        if listed.get(name) != sha256(parts[name]):
            raise Wrong(name, "内容与清单不符", "is not what the manifest says")
    say(f"{len(listed)} 个部分与清单一致", f"{len(listed)} parts are what the manifest says")


def _messages(parts: Parts, keys: list[dict[str, Any]], say: Say) -> dict[str, dict[str, Any]]:
    """Check each message's own signature; return the entries by file, with their envelopes."""
    entries = json_of(parts, "messages.json")
    found: dict[str, dict[str, Any]] = {}
    with _Shape("messages.json"):
        files = [entry["file"] for entry in entries]
        if sorted(files) != sorted(name for name in parts if name.startswith("messages/")):
            raise Wrong("messages.json", "与报文文件不对应", "does not list the messages' files")
    for entry in entries:
        name = entry["file"]
        with _Shape(name):
            wire = json_of(parts, name)
            envelope, body = wire["envelope"], wire["body"].encode()
            if set(wire) != {"envelope", "body", "signature"} or canonical(wire) != parts[name]:
                raise Wrong(name, "不是规定写法", "is not in its agreed form")
            if sha256(parts[name]) != entry["sha256"] or envelope["id"] != entry["id"]:
                raise Wrong(name, "与目录不符", "is not what messages.json says")
            key = _valid_key(envelope, keys, name)
            signature = base64.b64decode(wire["signature"], validate=True)
            if not is_good(signature, ENVELOPE + canonical(envelope), key):
                raise Wrong(name, "签名无效", "its signature is not good")
            if sha256(body) != envelope["body_sha256"]:
                raise Wrong(name, "正文与签名不符", "its body is not the one that was signed")
            found[name] = {**entry, "envelope": envelope, "read": json.loads(body)}
    say(f"{len(found)} 份报文签名有效", f"{len(found)} messages: each signature is good")
    return found


def _valid_key(envelope: dict[str, Any], keys: list[dict[str, Any]], name: str) -> str:
    """Return the sender's key on the day of sealing; what was entered last about it decides."""
    created_at = datetime.fromisoformat(envelope["created_at"])
    day = created_at.astimezone(CHINA).date().isoformat()
    holds = None
    for key in keys:
        own = (key["region"], key["key_id"]) == (envelope["sender"], envelope["key_id"])
        if own and key["valid_from"] <= day:
            holds = key
    if holds is None or not day <= (holds["valid_until"] or day):
        raise Wrong(name, "密钥在当日不属于发件机构", "its key was not the sender's on that day")
    return str(holds["public_key"])


def _answers(messages: dict[str, dict[str, Any]], say: Say) -> None:
    by_id = {entry["id"]: entry for entry in messages.values()}
    bound = 0
    for name, entry in messages.items():
        asked = by_id.get(entry["envelope"]["in_reply_to"])
        if asked is None:
            continue
        if asked["sha256"] != entry["envelope"]["request_sha256"]:
            raise Wrong(name, "答复的不是该报文", "answers other bytes than those of its request")
        if asked["envelope"]["sender"] != entry["envelope"]["recipient"]:
            raise Wrong(name, "答复了别的机构", "answers another office than the one that asked")
        bound += 1
    say(f"{bound} 份答复对应原文", f"{bound} answers are bound to what they answer")


def _receipts(messages: dict[str, dict[str, Any]], say: Say) -> None:
    """Show what proves each delivery time."""
    for name, entry in messages.items():
        receipt, envelope = messages.get(entry["receipt"] or ""), entry["envelope"]
        if receipt is None:
            if entry["delivered_at"] is not None:
                raise Wrong(
                    "messages.json", f"{name} 的送达时间无据", f"{name}: no proof of that time"
                )
            if envelope["sequence"] > 0:
                say(f"{name} 尚无回执", f"{name} has no receipt")
            continue
        at = receipt["read"].get("received_at")
        if receipt["envelope"]["in_reply_to"] != entry["id"] or at != entry["delivered_at"]:
            raise Wrong("messages.json", f"{name} 的送达时间无据", f"{name}: no proof of that time")
        words = f"{envelope['sender']}→{envelope['recipient']} {envelope['type']} {at}"
        outcome = receipt["read"].get("code") or receipt["read"].get("outcome")
        say(f"{name} 送达 {words}，{outcome}", f"{name} was delivered, {words}, {outcome}")


def _approvals(parts: Parts, say: Say) -> None:
    """Check that different people signed, as many as needed, what the journal says they did."""
    approvals = json_of(parts, "approvals.json")
    noted = _signed(parts)
    with _Shape("approvals.json"):
        for one in approvals:
            names = [signature["person"] for signature in one["signatures"]]
            content = json.loads(one["content"])
            content.pop("on", None)  # its day is that of the last signature
            if sha256(canonical(content)) != one["digest"]:
                raise Wrong("approvals.json", "内容不是所签内容", "is not what was signed")
            for level, name in enumerate(names, start=1):
                if (name, one["digest"], level) not in noted:
                    raise Wrong(
                        "approvals.json",
                        f"流水中没有 {name} 的签署",
                        "the journal has no such signature",
                    )
            if len({_person(name) for name in names}) != len(names):
                raise Wrong("approvals.json", "同一人签署两次", "one person signed twice")
            if one["done"] and len(names) != one["levels"]:
                raise Wrong("approvals.json", "签署人数不足", "too few people signed")
            words = f"{one['step']}#{one['number']} {len(names)}/{one['levels']}"
            say(f"审批 {words}：{'、'.join(names)}", f"approval {words}: {', '.join(names)}")
    if not approvals:
        say("没有审批记录", "no approvals")


def _signed(parts: Parts) -> set[tuple[str, str, int]]:
    """Return who signed which digest at which level, as the journal has it."""
    with _Shape("journal.jsonl"):
        rows = [json.loads(line) for line in parts["journal.jsonl"].splitlines()]
        facts = [(row["person"], json.loads(row["facts"])) for row in rows]
        return {(person, one.get("digest"), one.get("level")) for person, one in facts}


def _journal(
    parts: Parts, messages: dict[str, dict[str, Any]], say: Say, heads: dict[int, str]
) -> None:
    name = "journal.jsonl"
    whole = json_of(parts, "manifest.json")["journal"] == "whole"
    with _Shape(name):
        rows = [json.loads(line) for line in parts[name].splitlines()]
        for before, row in zip([None, *rows], rows, strict=False):
            if _row_hash(row) != row["hash"] or heads.get(row["n"], row["hash"]) != row["hash"]:
                raise Wrong(name, f"第 {row['n']} 行被改动", f"row {row['n']} was altered")
            follows = before is None or (row["n"], row["previous"]) == (
                before["n"] + 1,
                before["hash"],
            )
            if whole and not follows:
                raise Wrong(name, f"第 {row['n']} 行与前行不接", f"row {row['n']} follows no row")
        _same_messages(rows, messages, json_of(parts, "manifest.json")["case"])
        if not rows:
            say("没有流水", "no journal")
            return
        last = f"{rows[-1]['n']} {rows[-1]['hash']}"
    kept = sum(1 for row in rows if row["n"] in heads)
    if whole:
        say(
            f"流水 {len(rows)} 行首尾相接，末行 {last}",
            f"journal: {len(rows)} rows, one chain, last {last}",
        )
    else:
        say(
            f"流水 {len(rows)} 行各自完好（仅本案）",
            f"journal: {len(rows)} rows of this case, each intact",
        )
    if heads:
        say(
            f"{kept} 行与另存的流水头相符",
            f"{kept} rows are those of heads that were kept elsewhere",
        )


def _same_messages(
    rows: list[dict[str, Any]], messages: dict[str, dict[str, Any]], case: str
) -> None:
    """Check that the pack has the messages that the journal tells of, and no other."""
    cases = {case, *(entry["envelope"]["case_ref"] for entry in messages.values())}
    facts = [(row, json.loads(row["facts"])) for row in rows]
    told = {
        one.get("sha256"): row["n"]
        for row, one in facts
        if row["event"] in _KEPT and one.get("case") in cases
    }
    for file, entry in messages.items():
        if entry["sha256"] not in told:
            raise Wrong(file, "流水中没有记载", "is not noted in the journal")
    held = {entry["sha256"] for entry in messages.values()}
    for digest, n in told.items():
        if digest not in held:
            words = f"row {n} of the journal tells of a message that is not there"
            raise Wrong("messages.json", f"缺少流水第 {n} 行所记报文", words)


def _row_hash(row: dict[str, Any]) -> str:
    plain = {key: value for key, value in row.items() if key not in ("hash", "previous")}
    return sha256(b"\0" + bytes.fromhex(row["previous"]) + canonical(plain))


def _person(name: str) -> str:
    return name.replace(" ", "").casefold()


class _Shape:
    """Turns what is not there, or is of another kind, into a finding about a part."""

    def __init__(self, part: str) -> None:
        self._part = part

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _WRONG_SHAPE):
            raise Wrong(self._part, "内容不合格式", f"is not in its form ({error})") from error
