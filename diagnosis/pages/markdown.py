"""The few constructs a model card uses, as HTML. Everything is escaped first, so no tag gets through."""

import re
from collections.abc import Iterator
from itertools import groupby

from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe


def to_html(text: str) -> SafeString:
    """Headings (one level down), paragraphs, lists, tables, bold and code."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return mark_safe("\n".join(html for block in blocks for html in _block(block)))  # noqa: S308 - escaped below


def _block(block: str) -> Iterator[str]:
    """A block may mix kinds, as a heading straight above its paragraph does."""
    for kind, lines in groupby(block.split("\n"), key=_kind):
        yield RENDER[kind](list(lines))


def _kind(line: str) -> str:
    for kind, start in (("heading", "#"), ("list", "- "), ("table", "|")):
        if line.startswith(start):
            return kind
    return "text"


def _heading(lines: list[str]) -> str:
    return "".join(_one_heading(line) for line in lines)


def _one_heading(line: str) -> str:
    level = min(len(line) - len(line.lstrip("#")) + 1, 6)
    return f"<h{level}>{_inline(line.lstrip('# '))}</h{level}>"


def _list(lines: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"


def _text(lines: list[str]) -> str:
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    rows = [_cells(line) for line in lines if not re.fullmatch(r"[|\s:-]+", line)]
    head = "".join(f'<th scope="col">{cell}</th>' for cell in rows[0]) if rows else ""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    # A wide table scrolls by itself, by keyboard too, and the page does not.
    label = strip_tags(", ".join(rows[0])) if rows else ""
    return (
        f'<div class="table-responsive" tabindex="0" role="region" aria-label="Table: {label}">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cells(line: str) -> list[str]:
    return [_inline(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> str:
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html)


RENDER = {"heading": _heading, "list": _list, "table": _table, "text": _text}
