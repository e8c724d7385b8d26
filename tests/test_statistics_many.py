"""The statistics of many cases ask the database as often as those of a few."""

from benchmarks import statistics_pages


def test_more_cases_cost_the_same_queries_at_most_twelve(db: None) -> None:
    found = statistics_pages.compare(cases=160, rounds=2)
    queries = {topic: one["queries"] for topic, one in found["all"].items()}
    assert queries == {topic: one["queries"] for topic, one in found["few"].items()}
    assert max(queries.values()) <= 12
