"""How days are written in each language. Django knows the rest: decimal signs, thousands."""
