"""Pages and API lists ask the database as often for a large register as for a small one."""

import pytest

from benchmarks import register

SMALL, LARGE = {"moles": 2, "photos": 4}, {"moles": 30, "photos": 90}


MATTER_MOST = {
    "mole-list",
    "mole",
    "mole-compare",
    "share-add",
    "prediction",
    "api:mole-list",
    "api:photo-list",
}


def test_a_large_register_costs_the_same_queries_at_most_twelve(db):
    users = {
        "small": register.fill("small@example.org", **SMALL),
        "large": register.fill("large@example.org", **LARGE),
    }
    pages = register.measure(users, rounds=1)
    assert set(pages) >= MATTER_MOST
    queries = {page: one["queries"] for page, one in pages.items()}
    assert {page: one for page, one in queries.items() if one["small"] != one["large"]} == {}
    assert {page: one for page, one in queries.items() if one["large"] > 12} == {}
    lines = register.table(pages).splitlines()
    assert [line.split("  ")[0].strip() for line in lines[1:]] == list(pages)


@pytest.mark.parametrize("wrong", [["--moles", "0"], ["--photos", "3", "--moles", "5"], ["--rounds", "0"]])
def test_a_register_of_nothing_is_refused(wrong, capsys):
    assert register.main(wrong) == 2
    assert "at least one mole" in capsys.readouterr().err
