"""Numbers with a standard behind them, one module each, all with the same functions.

`compact` takes blanks and hyphens out, `validate` returns the compact number or raises `Rejected`,
`is_valid` tells, `check_digit` computes, `mask` makes a number fit for a log or a screen. No
refusal ever carries the number itself.
"""
