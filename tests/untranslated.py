"""Finds what a person would read in a template or script and nobody could translate."""

import re

TRANSLATED = r"\{% blocktranslate\b.*?\{% endblocktranslate %\}|\{% translate .*?%\}"
COMMENT = r"\{#.*?#\}|<!--.*?-->|\{% comment %\}.*?\{% endcomment %\}"
CODE = r"""<(script|style)\b.*?</\1>|<(\w+)\b[^>]*\stranslate="no"[^>]*>.*?</\2>"""
READ_ALOUD = r"""\s(?:title|alt|aria-label|placeholder)="([^"]*)\""""
TEMPLATE = r"\{%.*?%\}|\{\{.*?\}\}"
LITERAL = r"""(["'])(.*?)\1"""
# Of a tag or filter that prints it: words, or a date's own format.
PRINTED = r"[A-Z][a-z]|\w \w"
WORD = r"[^\W\d_]{2,}"
# Brands, units and the names of files are the same in every language.
SAME = r"Skin Cancer Detection|ABCDE|JPEG|PNG|WebP|API|\bmm\b|[\w*]*\.(?:csv|json)\b|\bphotos/"


def in_template(source: str) -> list[str]:
    """Texts, read-aloud attributes and printed literals that stand outside translation tags."""
    source = re.sub(TRANSLATED, "", re.sub(COMMENT, "", source, flags=re.DOTALL), flags=re.DOTALL)
    literals = [
        text for tag in re.findall(TEMPLATE, source, re.DOTALL) for _, text in re.findall(LITERAL, tag)
    ]
    source = re.sub(TEMPLATE, "", source, flags=re.DOTALL)
    source = re.sub(CODE, "", source, flags=re.DOTALL)
    said = [*re.findall(READ_ALOUD, source), *re.sub(r"<[^>]*>", "\n", source).split("\n")]
    texts = (re.sub(r"&\w+;", "", re.sub(SAME, "", text)).strip() for text in said)
    printed = [text for text in literals if re.search(PRINTED, text)]
    return printed + [text for text in texts if re.search(WORD, text)]


def in_script(source: str) -> list[str]:
    """Literals with words of a sentence in them; a script says what the page gave it."""
    source = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)
    literals = (text for _, text in re.findall(r"""(["'`])(.*?)\1""", source))
    return [text for text in literals if re.match(r"[A-Z][a-z]+'?[a-z]*[ .,]", text)]
