"""Words for people: every refusal code in Chinese and English, one file per area."""
