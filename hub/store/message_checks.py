"""What can be a message at all: the same question before sending and on arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.ports import (
    MESSAGE_BYTES_MAX,
    MESSAGE_HEADER_CHARACTERS_MAX,
    MESSAGE_HEADERS_MAX,
    Message,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGE_NAME_BYTES_MAX: Final = 200  # of id, type and key; AMQP itself has room for 255

REASONS: Final[Mapping[str, str]] = {
    "message_too_large": "正文过大，未保存 · the body is too large and was not kept",
    "message_without_id": "没有消息编号 · it has no message id",
    "message_name_long": "编号、类型或地址过长 · its id, type or key is too long",
    "message_headers_large": "附加信息过多或过长 · it has too many or too long headers",
    "message_characters": "含有无法保存的字符 · it has characters that cannot be kept",
    "message_id_reused": "编号已用于其他内容，或为伪造 · its id belongs to other content; forged?",
    "message_dead": "多次投递均未处理，服务器已放弃 · the broker gave up delivering it",
}
"""Why a message is in quarantine without having been read, in words for staff."""


def fault(message: Message) -> str | None:
    """Return why this is no message that can be kept and sent; `None` when it is one."""
    if len(message.body) > MESSAGE_BYTES_MAX:
        return "message_too_large"
    if not message.id:
        return "message_without_id"
    names = (message.id, message.type, message.key, message.sender)
    if any(len(name.encode("utf-8", "replace")) > MESSAGE_NAME_BYTES_MAX for name in names):
        return "message_name_long"
    headers = message.headers
    texts = [*headers, *headers.values()]
    if len(headers) > MESSAGE_HEADERS_MAX or any(
        len(text) > MESSAGE_HEADER_CHARACTERS_MAX for text in texts
    ):
        return "message_headers_large"
    if any("\x00" in text or not _is_unicode(text) for text in (*names, *texts)):
        return "message_characters"
    return None


def _is_unicode(text: str) -> bool:
    # half of a surrogate pair cannot be written as UTF-8
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)
