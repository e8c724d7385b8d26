"""Cells of the statistics, on pages and in CSV."""

from diagnosis.admin.statistics.tables import Column, Label, Table, number, shown
from diagnosis.statistics.estimate import Estimate, Missing, undefined
from diagnosis.statistics.proportions import Share

FIGURE = Column("figure", "Figure", "share", with_interval=True)


def test_what_is_undefined_is_a_dash_and_a_word_and_never_a_number():
    assert [shown(undefined(why), FIGURE) for why in Missing] == [
        "– none to count",
        "– too few",
        "– one of the two always says the same",
        "– a band unknown",
    ]
    assert shown(None, FIGURE) == "–"
    assert shown(Estimate(1.0), FIGURE) == "100.0% (no interval)"


def test_a_nought_has_no_sign():
    assert [number(value, "points") for value in (0.0, -0.0001, 0.02, -0.02)] == [
        "0.0",
        "0.0",
        "+2.0",
        "-2.0",
    ]


def test_csv_keeps_words_that_a_spreadsheet_would_run():
    table = Table("one", "One", "", [Column("a", "A"), Column("b", "B", of=True)], [["=1+1", Share(1, 2)]])
    assert table.csv().splitlines() == ["a,b,b_of,missing", "'=1+1,1,2,"]
    labelled = Table("one", "One", "", [Column("a", "A")], [[Label("code", "in words")]])
    assert labelled.csv().splitlines() == ["a,missing", "code,"]
    assert labelled.cells == [[("in words", "words")]]
