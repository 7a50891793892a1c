"""A good partner file, and what is said when one thing in it is wrong."""

from __future__ import annotations

GOOD = """
kind = "tax"
name = "税务局"
channel = "tax-in"
[expects]
collections = "16:30"
[layouts.list]
form = "delimited"
source = "collections"
file_name = "A_{day:%Y%m%d}.txt"
[[layouts.list.records]]
name = "header"
fields = [{ name = "n", type = "count" }, { name = "sum", type = "amount_yuan" }]
[[layouts.list.records]]
name = "item"
repeat = true
fields = [
  { name = "receipt_no", type = "text" },
  { name = "payer_id", type = "text" },
  { name = "insurance_kind", type = "code", map = "kinds" },
  { name = "period", type = "period" },
  { name = "amount_fen", type = "amount_yuan" },
  { name = "collected_on", type = "date" },
]
[layouts.list.maps.kinds]
1 = "pension"
"""

# what stands there, what stands there instead, and the words of the problem
MISTAKES = [
    ('kind = "tax"', 'kind = "taxes"', 'kind: \'taxes\' is not one of "tax", "treasury", "bank"'),
    ('kind = "tax"\n', "", "kind: is missing"),
    ('channel = "tax-in"', 'chanel = "tax-in"', '"chanel" is not known, did you mean "channel"?'),
    ('form = "delimited"', 'form = "delimitd"', 'did you mean "delimited"?'),
    ('"16:30"', '"25:00"', 'expects.collections: must be true or an hour such as "16:30"'),
    ("collections = ", "colections = ", "expects.colections: is the source of none"),
    ("{day:%Y%m%d}", "{date}", "layouts.list.file_name: {date} is not one of day, sequence"),
    ("{day:%Y%m%d}", "{day:%Y%m}", "must have %Y, %m, %d once each"),
    ("{day:%Y%m%d}", "x", "layouts.list.day: the file name has no {day}"),
    ("repeat = true", "", "layouts.list.records: exactly one record must have repeat"),
    ('name = "header"', 'name = "item"', "layouts.list.records: two records have the same name"),
    ('"count" }', '"cont" }', 'did you mean "count"?'),
    (', map = "kinds"', "", "layouts.list.item.insurance_kind: a code field"),
    ('map = "kinds"', 'map = "kind"', 'the map "kind" is not in maps'),
    ('"payer_id"', '"receipt_no"', 'layouts.list.item: two fields are called "receipt_no"'),
    ('{ name = "payer_id", type = "text" },', "", 'the field "payer_id" of collections is missing'),
    ('"period", type = "period"', '"period", type = "count"', "must be of the type period"),
    (
        '"payer_id", type = "text"',
        '"payer_id", type = "text", required = false',
        "cannot do without",
    ),
    ('"payer_id", type = "text"', '"payer_id", type = "text", copy = "header.x"', "is no field of"),
    ('"payer_id", type = "text"', '"payer_id", type = "text", copy = "header.n"', "another type"),
    ('"payer_id", type = "text"', '"payer_id", type = "text", width = 0', "between 1 and 4000"),
    ('"payer_id", type = "text"', '"payer_id", type = "text", column = "x"', "needs names = true"),
    ('"payer_id", type = "text"', '"payer_id", type = "text", join = ["line"]', "of xml"),
    ('"period", type = "period"', '"period", type = "period", format = "%y"', "must have %Y, %m"),
    ('"amount_yuan" },\n', '"amount_yuan", constant = "１" },\n', "the constant is no amount_yuan"),
    ("[layouts.list]", "[layouts.list]\nencoding = 'big5'", 'encoding: "big5" is not utf-8'),
    ("[layouts.list]", "[layouts.list]\nnewline = '|'", "newline: '|' is not one of"),
    ("[layouts.list]", "[layouts.list]\nday = 'item.period'", 'day: "item.period" is no date'),
    ("[layouts.list]", "[layouts.list]\nbusiness_key = ['item.period']", "business_key: "),
    ("[layouts.list]", "[layouts.list]\nonly = { period = ['x'] }", "only: "),
    ("[layouts.list]", "[layouts.list]\nonly = { insurance_kind = ['x'] }", "does not lead to"),
    (
        "[layouts.list]",
        ("[layouts.list]\npart = { pack_no = 'header.n', no = 'header.sum', count = 'header.n' }"),
        'part: "header.sum" is no count',
    ),
    (
        "[layouts.list]",
        ("[layouts.list]\ncontrols = [{ field = 'header.sum', equals = 'count', of = 'item' }]"),
        'controls[1]: "header.sum" is no count field',
    ),
    (
        "[layouts.list]",
        (
            "[layouts.list]\ncontrols = [{ field = 'header.sum', equals = 'sum',"
            " of = 'item.period' }]"
        ),
        'controls[1]: "item.period" is no amount',
    ),
    (
        "[layouts.list]",
        (
            "[layouts.list]\ncontrols = [{ field = 'header.sum', equals = 'sums',"
            " of = 'item.amount_fen' }]"
        ),
        'did you mean "sum"?',
    ),
    ("[layouts.list]", "[layouts.list]\nnames = true", "a line of names allows no record but"),
    (
        "[layouts.list.maps.kinds]\n1 =",
        "[layouts.list.maps.kinds]\n[layouts.list.maps.x]\n1 =",
        "maps.kinds: has no codes",
    ),
    ("[layouts.list]", "[layouts.list", "is not TOML"),
    ('kind = "tax"', "[layout]", 'layout: "layout" is not known'),
]

FIXED = """
kind = "bank"
name = "x"
channel = "bank-in"
[layouts.a]
form = "fixed"
file_name = "A"
[[layouts.a.records]]
name = "item"
repeat = true
fields = [{ name = "a", type = "text" }]
[layouts.b]
form = "xml"
file_name = "B"
[[layouts.b.records]]
name = "item"
repeat = true
fields = [{ name = "a", type = "text" }]
[layouts.c]
form = "delimited"
file_name = "C"
[[layouts.c.records]]
name = "item"
repeat = true
path = "x"
fields = [{ name = "a", type = "text", constant = "1" }]
[[layouts.c.records]]
name = "trailer"
fields = [{ name = "a", type = "text" }]
"""
