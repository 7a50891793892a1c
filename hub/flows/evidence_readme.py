"""The README of every evidence pack, in Chinese and English."""

from __future__ import annotations

from typing import Final

README: Final = """\
证据包 · Evidence pack
======================

本压缩包含一个业务案件的全部证据，不依赖任何系统即可核验。
This zip holds the evidence of one case. It can be checked without the system that made it.

核验 · To check it
------------------
    hub-verify FILE.zip
    hub-verify FILE.zip --key ed25519:...     (导出机构的公钥，另行取得 · the exporter's own key)
    hub-verify FILE.zip --head heads.jsonl    (另存的流水头 · heads of the journal kept elsewhere)

hub-verify 只需要 Python 3.11 和 cryptography。逐行列出核验内容；全部属实时退出码为 0，
否则为 1，并指出第一处不符。
hub-verify needs Python 3.11 and cryptography only. It says line by line what it checked; exit
code 0 means that all of it holds, 1 that something does not, and it names the first such part.

内容 · What is in it
--------------------
manifest.json   各部分的 SHA-256 · the SHA-256 of every part
signature.json  导出机构对 manifest.json 的签名 · the exporting agency's signature over it
case.json       案件事实，按登记顺序 · the facts of the case, in the order they were noted
messages.json   报文目录：方向、送达时间、回执 · the messages: direction, delivery time, receipt
messages/       报文原文（收到、发出时的字节） · the messages, byte for byte as they travelled
keys.json       公钥、所属机构、有效期、登记人和复核人 · public keys, whose, until when, who entered
approvals.json  审批：内容、级次、签署人、时间 · approvals: what, at which level, by whom, when
journal.jsonl   审计流水，每行含上一行的哈希 · the journal, each row with the hash before it

能证明什么 · What it proves
---------------------------
* 每份报文由其写明的机构签名，内容未经改动；答复对应所答复的原文。
  Each message was signed by the office that it names and is unaltered; an answer is bound to the
  very bytes that it answers.
* 送达时间由收件机构签名的回执证明。
  The time of delivery is proved by a receipt that the receiving office signed.
* 流水首尾相接；与另存的流水头相符时，事后增删改均会被发现。
  The journal is one chain; against a head that was kept elsewhere, later changes show.

不能证明什么 · What it does not prove
-------------------------------------
* 公钥确属该机构：请与该机构核对指纹，或使用 --key。
  That a key is really that office's: compare it with the office, or use --key.
* 只含本案流水（own rows）的包不能证明各行之间没有缺行。
  A pack with the rows of this case only does not show that none is missing between them.
"""
