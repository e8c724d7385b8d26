"""How far readers agree with each other and with the model."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.statistics.tables import Column, Label, Sheet, Table, over
from diagnosis.statistics.agreement import FEWEST_PAIRS
from diagnosis.statistics.collection import Period, readings
from diagnosis.statistics.proportions import Share
from diagnosis.statistics.readings import (
    Reading,
    between_readers,
    first_and_second,
    first_readers,
    minds,
    with_model,
)

TITLE = _("Agreement")
ABOUT = _(
    "How often readers say the same as each other and as the model, and what seeing the prediction changes. "
    "Over the cases opened in the period."
)


def sheet(period: Period) -> Sheet:
    found = readings(period)
    return Sheet("agreement", TITLE, ABOUT, [_compared(found), _changes(found)])


def _compared(found: list[Reading]) -> Table:
    pairs, firsts = first_and_second(found), first_readers(found)
    classes, malignant = between_readers(pairs)
    before, after = with_model(firsts)
    words = {
        "readers_classes": (_("first and second reader, blind: the class, or can't tell"), classes),
        "readers_malignant": (_("first and second reader, blind: malignant or benign"), malignant),
        "model_before": (_("first reader and model, before the prediction is seen"), before),
        "model_after": (_("first reader and model, after it is seen"), after),
    }
    counts = {"read": len(firsts), "twice": len(pairs)}
    return Table(
        slug="kappa",
        title=_("Raw agreement and Cohen's kappa"),
        over=over(gettext("Cases read: %(read)s; by two readers: %(twice)s."), **counts),
        columns=[
            Column("compared", _("Compared")),
            Column("same", _("Same")),
            Column("cases", _("Cases")),
            Column("raw", _("Raw agreement"), "share", with_interval=True),
            Column("kappa", _("Kappa"), "ratio", with_interval=True),
        ],
        rows=[
            [Label(code, text), of.raw.count, of.raw.of, of.raw.estimate, of.kappa]
            for code, (text, of) in words.items()
        ],
        notes=[
            _(
                "A second reader comes only where the first contradicts the model, so the first two rows "
                "are over the harder cases: two readers of all cases would agree more often."
            ),
            _(
                "Malignant or benign: over the cases where both can tell. The model calls a photo "
                "malignant where its band is raised, and benign where it is low; unclear and rejected ones "
                "are not counted. Both rows with the model are over the same cases, those where the reader "
                "could tell before and after."
            ),
            ngettext(
                "Kappa is 0 for what chance alone brings about and 1 for full agreement. Of fewer than "
                "%(count)s case there is none.",
                "Kappa is 0 for what chance alone brings about and 1 for full agreement. Of fewer than "
                "%(count)s cases there is none.",
                FEWEST_PAIRS,
            )
            % {"count": FEWEST_PAIRS},
        ],
    )


def _changes(found: list[Reading]) -> Table:
    changed = minds(found)
    rows = {
        "class": (_("another class than before"), Share(changed.changed, changed.readings)),
        "towards": (_("nearer to the model's word"), Share(changed.towards, changed.with_word)),
        "away": (_("farther from the model's word"), Share(changed.away, changed.with_word)),
    }
    return Table(
        slug="changes",
        title=_("Minds changed after the prediction was seen"),
        over=over(gettext("Readings: %(count)s, of all readers."), count=changed.readings),
        columns=[
            Column("change", _("Change")),
            Column("count", _("Readings")),
            Column("of", _("Of")),
            Column("share", _("Proportion"), "share", with_interval=True),
        ],
        rows=[[Label(code, text), of.count, of.of, of.estimate] for code, (text, of) in rows.items()],
        notes=[
            _(
                "Nearer and farther: malignant or benign, over the readings where the model had a clear "
                "word. Can't tell is halfway. Who added no second opinion changed nothing."
            )
        ],
    )
