"""One outline laid over another: checked by moving a known shape by a known amount."""

import math
import re

import pytest

from diagnosis.pages.alignment import align


def ellipse(
    long: float, short: float, degrees: float = 0.0, x: float = 0.5, y: float = 0.5
) -> list[list[float]]:
    turn = math.radians(degrees)
    points = []
    for number in range(64):
        along, across = long * math.cos(math.tau * number / 64), short * math.sin(math.tau * number / 64)
        points.append(
            [
                x + along * math.cos(turn) - across * math.sin(turn),
                y + along * math.sin(turn) + across * math.cos(turn),
            ]
        )
    return points


def moved(matrix: str, outline: list[list[float]]) -> list[list[float]]:
    a, b, c, d, e, f = map(float, re.findall(r"-?[\d.]+", matrix))
    return [
        [(100 * a * x + 100 * c * y + e) / 100, (100 * b * x + 100 * d * y + f) / 100] for x, y in outline
    ]


def test_an_outline_lies_on_itself():
    found = align(ellipse(0.3, 0.1), onto=ellipse(0.3, 0.1))
    assert (found.degrees, found.factor) == (pytest.approx(0), pytest.approx(1))
    assert found.matrix == "matrix(1.0000 0.0000 -0.0000 1.0000 0.0000 0.0000)"


@pytest.mark.parametrize(("degrees", "turn"), [(30, -30), (-50, 50), (80, -80), (100, 80)])
def test_it_is_turned_by_the_shorter_way_grown_and_moved(degrees, turn):
    one, other = ellipse(0.15, 0.05, degrees, 0.4, 0.6), ellipse(0.3, 0.1, 0, 0.55, 0.45)
    found = align(one, onto=other)
    assert found.degrees == pytest.approx(turn, abs=0.01)
    assert found.factor == pytest.approx(2, abs=0.001)
    # Every point of the moved outline lies on the other ellipse.
    for x, y in moved(found.matrix, one):
        assert ((x - 0.55) / 0.3) ** 2 + ((y - 0.45) / 0.1) ** 2 == pytest.approx(1, abs=0.01)


def test_a_round_mole_is_not_turned():
    found = align(ellipse(0.21, 0.2, 60), onto=ellipse(0.3, 0.1))
    assert found.degrees == 0


def test_the_direction_in_which_an_outline_was_drawn_does_not_matter():
    one, other = ellipse(0.2, 0.1, 20), ellipse(0.3, 0.1, 40)
    assert align(one[::-1], onto=other).matrix == align(one, onto=other[::-1]).matrix
    assert align(one[::-1], onto=other).factor == pytest.approx(math.sqrt(0.03 / 0.02), abs=0.001)
