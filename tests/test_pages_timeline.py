"""A mole over time: what its page draws, and what it says of change."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from diagnosis.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Value, draw, scale
from diagnosis.models import Prediction
from tests.queries import queries_of
from tests.seen import SEEN
from tests.test_accounts_page import assert_nothing_inline
from tests.test_pages_moles import text


@pytest.fixture
def judged(mole, make_photo, succeeded):
    """Stores a photo of the mole, taken in that month, with a result."""

    def make(month: int, probability: float, kind: str = "dermatoscopic", version: str = "one-1", **measured):
        photo = make_photo(mole=mole, photo_kind=kind, taken_at=datetime(2026, month, 1, 12, tzinfo=UTC))
        succeeded(photo.latest_prediction, probability, "unclear")
        seen = SEEN | {"measurements": SEEN["measurements"] | measured, "photo_kind_seen": kind}
        Prediction.objects.filter(photo=photo).update(model_version=version, **seen)
        return photo

    return make


@pytest.fixture
def page(owner_client, mole):
    def get() -> str:
        content = owner_client.get(reverse("mole", args=[mole.pk])).content.decode()
        assert_nothing_inline(content)
        return " ".join(content.replace("&#x27;", "'").split())

    return get


# The chart, by hand --------------------------------------------------------------------------


def value(day: int, share: float, group: str = "one", solid: bool = True) -> Value:
    return Value(datetime(2026, 1, day, tzinfo=UTC), share, group, solid, f"{day}")


def test_marks_lie_where_their_dates_and_values_are():
    chart = draw([value(1, 0.0), value(6, 0.25), value(11, 0.5)], top=0.5, step=0.1, text=str)
    assert [mark.x for mark in chart.marks] == [LEFT, (LEFT + WIDTH - RIGHT) / 2, WIDTH - RIGHT]
    assert [mark.y for mark in chart.marks] == [HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2, TOP]
    assert [round(float(row.text), 1) for row in chart.rows] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert [column.at for column in (chart.columns[0], chart.columns[-1])] == [LEFT, WIDTH - RIGHT]


def test_each_group_has_a_line_and_a_shape_of_its_own():
    chart = draw(
        [value(1, 0.1), value(2, 0.1, "two", solid=False), value(3, 0.2)], top=1, step=0.25, text=str
    )
    one, two = chart.legend
    assert (one[1], two[1]) == ("one", "two")
    assert one[0] != two[0]
    assert [mark.shape == one[0] for mark in chart.marks] == [True, False, True]
    assert [mark.solid for mark in chart.marks] == [True, False, True]
    assert [len(line.split()) for line in chart.lines] == [2, 1]


def test_a_single_day_lies_in_the_middle_and_is_named_once():
    chart = draw([value(1, 0.1), value(1, 0.2)], top=1, step=0.25, text=str)
    assert {mark.x for mark in chart.marks} == {(LEFT + WIDTH - RIGHT) / 2}
    assert len(chart.columns) == 1


@pytest.mark.parametrize(("largest", "top"), [(0.0, 0.1), (0.1, 0.1), (0.11, 0.25), (0.6, 1.0), (1.2, 1.2)])
def test_the_axis_ends_above_the_largest_value(largest, top):
    assert scale(largest)[0] == top


# The page ------------------------------------------------------------------------------------


def test_one_photo_draws_no_line(page, judged):
    judged(1, 0.1)
    assert "Over time" not in page()


def test_photos_stand_in_the_order_in_which_they_were_taken_not_added(page, judged):
    judged(3, 0.2)
    judged(1, 0.1)
    found = page()
    assert found.index("1 March 2026: 20%") > found.index("1 January 2026: 10%")
    assert "From 1 January 2026 to 1 March 2026" in found
    assert "About 10 percentage points higher" in found
    tiles = found[found.index("<h2>Photos</h2>") :]
    assert tiles.index("1 March 2026") < tiles.index("1 January 2026")


def test_a_larger_mole_is_said_to_be_larger_in_the_picture_only(page, judged):
    judged(1, 0.1, diameter=0.40)
    judged(2, 0.1, diameter=0.472)
    found = page()
    assert "D: largest diameter: 40% of the photo’s width, then 47% of the photo’s width. " in found
    assert "Measured 18% larger in the picture; photos taken at another distance can’t be compared" in found
    assert "improved" not in found
    assert "2 February" not in found


def test_a_mole_that_is_cut_off_is_not_compared_in_size(page, judged):
    judged(1, 0.1)
    judged(2, 0.1, cut_off=True, diameter=0.9)
    found = page()
    assert "Part of the mole is cut off, so the sizes can’t be compared" in found
    assert "at least 90%" in found
    assert "Largest diameter, in widths" not in found  # one point is no line


def test_points_outside_what_was_tested_are_hollow(page, judged):
    judged(1, 0.1)
    judged(2, 0.3, kind="clinical")
    found = page()
    assert "1 February 2026: 30%, one-1, outside what was tested" in found
    assert found.count('<path class="mark hollow"') == 2 + 1  # both charts and the legend
    assert found.count('<path class="mark"') == 2 + 1


def test_two_model_versions_are_told_apart(page, judged):
    judged(1, 0.1)
    judged(2, 0.1, version="two-2")
    found = page()
    assert "Two model versions made these figures" in found
    assert "model one-1" in found
    assert "model two-2" in found


def test_a_photo_judged_again_by_the_same_version_is_one_point(page, judged):
    judged(1, 0.1)
    again = judged(2, 0.2)
    first = again.predictions.get()
    Prediction.objects.filter(pk=first.pk).update(created_at=datetime(2026, 2, 1, tzinfo=UTC))
    first.pk, first._state.adding, first.malignancy_probability = None, True, 0.4
    Prediction.objects.bulk_create(
        [
            Prediction(
                **{
                    field.attname: getattr(first, field.attname)
                    for field in Prediction._meta.fields
                    if field.name not in ("id", "created_at")
                }
            )
        ]
    )
    assert "1 February 2026: 40%" in page()
    assert "1 February 2026: 20%" not in page()


def test_twenty_photos_cost_no_more_queries_than_three(owner_client, mole, judged):
    url = reverse("mole", args=[mole.pk])
    for month in (1, 2, 3):
        judged(month, 0.1)
    three = queries_of(owner_client, url)
    for month in range(1, 11):
        judged(month, 0.2)
    assert queries_of(owner_client, url) == three <= 12


# Comparing -----------------------------------------------------------------------------------


def test_the_two_newest_photos_are_compared_unless_others_are_chosen(owner_client, mole, judged):
    first, second, third = judged(1, 0.1), judged(2, 0.2), judged(3, 0.3)
    url = reverse("mole-compare", args=[mole.pk])
    found = text(owner_client.get(url))
    assert_nothing_inline(found)
    for photo, shown in ((first, 0), (second, 2), (third, 2)):
        assert found.count(reverse("photo-image", args=[photo.pk])) == shown
    found = text(owner_client.get(url, {"before": third.pk, "after": first.pk}))
    assert found.index("1 January 2026</th>") < found.index("1 March 2026</th>")  # the earlier one first
    assert "About 20 percentage points higher" in found


def test_what_can_not_be_compared_says_why(owner_client, mole, judged, make_photo):
    url = reverse("mole-compare", args=[mole.pk])
    assert "There is no photo yet" in text(owner_client.get(url))
    first = judged(1, 0.1)
    assert "There is one photo so far" in text(owner_client.get(url))
    judged(2, 0.1)
    stranger = make_photo()
    for chosen, words in (
        ({"before": stranger.pk}, "This is no photo of this mole. Choose another."),
        ({"before": "x"}, "This is no photo of this mole. Choose another."),
        ({"before": ""}, "Choose a photo."),
        ({"before": first.pk, "after": first.pk}, "This is twice the same photo."),
    ):
        response = owner_client.get(url, chosen)
        assert response.status_code == 422
        assert words in text(response)
        assert "data-compare" not in text(response)


def test_photos_without_a_result_are_shown_without_differences(owner_client, mole, make_photo):
    for _ in range(2):
        make_photo(mole=mole)
    found = text(owner_client.get(reverse("mole-compare", args=[mole.pk])))
    assert "at least one of the photos has no result" in found
    assert "There is no outline of both" in found
