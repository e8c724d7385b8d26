"""How large the code is: lines per file and per function, without tests and migrations.

python -m benchmarks.house_size
"""

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("skinsite", "diagnosis", "ml", "benchmarks")


def main() -> None:
    files = [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]
    texts = {path.relative_to(ROOT): path.read_text() for path in files}
    lines = {str(path): len(text.splitlines()) for path, text in texts.items() if text.strip()}
    functions = {
        f"{path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    tell("files", lines)
    tell("functions", functions)


def tell(what: str, sizes: dict[str, int]) -> None:
    largest = max(sizes, key=lambda name: sizes[name])
    p90 = statistics.quantiles(sizes.values(), n=10)[-1]
    print(
        f"{len(sizes)} {what}: median {statistics.median(sizes.values()):.0f} lines, "
        f"90th percentile {p90:.0f}, maximum {sizes[largest]} ({largest})"
    )


if __name__ == "__main__":
    main()
