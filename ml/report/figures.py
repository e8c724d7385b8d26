"""The evaluation's pictures: ROC, reliability, confusion."""

from pathlib import Path
from typing import Any

import matplotlib

from ml.labels import CLASSES

matplotlib.use("Agg")  # no screen

from matplotlib import pyplot as plt


def draw_figures(curves: dict[str, Any], folder: Path) -> None:
    """Writes roc.png, reliability.png and confusion.png from `ml.evaluate.curves` into `folder`."""
    _save(_roc(curves["roc"]), folder / "roc.png")
    _save(_reliability(curves["reliability"]), folder / "reliability.png")
    _save(_confusion(curves["confusion"]), folder / "confusion.png")


def _square(title: str, x: str, y: str) -> Any:
    figure, axes = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _roc(roc: dict[str, list[float]]) -> Any:
    figure, axes = _square("Malignant or benign", "1 - specificity", "sensitivity")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot(roc["false"], roc["true"], color="#0b5fa5")
    return figure


def _reliability(rows: list[tuple[int, float, float]]) -> Any:
    figure, axes = _square("Reliability", "malignancy probability said", "share that was malignant")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([row[1] for row in rows], [row[2] for row in rows], "o-", color="#0b5fa5")
    for count, said, true in rows:
        axes.annotate(str(count), (said, true), xytext=(6, -10), textcoords="offset points", fontsize=8)
    return figure


def _confusion(table: list[list[int]]) -> Any:
    figure, axes = _square("Most probable class", "predicted", "true")
    axes.imshow([[cell / max(sum(row), 1) for cell in row] for row in table], cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(CLASSES)), CLASSES)
    axes.set_yticks(range(len(CLASSES)), CLASSES)
    for y, row in enumerate(table):
        for x, cell in enumerate(row):
            colour = "white" if cell > sum(row) / 2 else "black"
            axes.text(x, y, str(cell), ha="center", va="center", color=colour, fontsize=8)
    return figure


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)
