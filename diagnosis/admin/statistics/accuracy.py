"""Sensitivity and specificity on moles whose outcome is known."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.statistics.tables import Column, Label, Sheet, Table, Text, over
from diagnosis.statistics.accuracy import Judged, of_model, of_readers
from diagnosis.statistics.collection import Period, judged_moles, read_moles
from diagnosis.statistics.proportions import Share

TITLE = _("Sensitivity and specificity")
ABOUT = _(
    "Model and readers on moles with an outcome: benign or malignant after removal, or as the laboratory "
    "said of a photo. Each mole counts once, so that intervals are of moles and not of several photos of one."
)
CHOSEN = _(
    "A doctor removes what looks suspicious, and a raised band is a reason to look. So outcomes are known "
    "of more of the raised moles than of the others: sensitivity looks better here than it is, and "
    "specificity worse."
)
FIGURE = [
    Column("figure", _("Figure")),
    Column("count", _("Moles")),
    Column("of", _("Of")),
    Column("share", _("Proportion"), "share", with_interval=True),
]


def sheet(period: Period) -> Sheet:
    return Sheet("accuracy", TITLE, ABOUT, [_model(judged_moles(period)), _readers(period)])


def _model(groups: dict[tuple[str, bool], list[Judged]]) -> Table:
    counts = {
        "moles": sum(map(len, groups.values())),
        "rejected": sum(not mole.band for moles in groups.values() for mole in moles),
    }
    return Table(
        slug="model",
        title=_("The model"),
        over=over(gettext("Moles with an outcome: %(moles)s; of them not judged: %(rejected)s."), **counts),
        columns=[Column("version", _("Version")), Column("photos", _("Photos")), *FIGURE],
        rows=[
            [version, _kind(tested), Label(code, text), share.count, share.of, share.estimate]
            for (version, tested), moles in groups.items()
            for code, text, share in _of_model(moles)
        ],
        notes=[
            _(
                "Of each mole the last photo taken before its removal, as the photo was first judged, if "
                "that was in the period: what its owner was told last. Where the laboratory spoke of a "
                "photo and no removal is noted, the last such photo."
            ),
            CHOSEN,
        ],
    )


def _kind(tested: bool) -> Label:
    if tested:
        return Label("dermatoscopic", _("through a dermatoscope"))
    return Label("other", _("others, for which no band is shown"))


def _of_model(moles: list[Judged]) -> list[tuple[str, Text, Share]]:
    of = of_model(moles)
    return [
        ("sensitivity", _("malignant ones in the raised band (sensitivity)"), of.sensitivity),
        ("sensitivity_of_all", _("the same, those not judged counted as missed"), of.sensitivity_of_all),
        ("missed", _("malignant ones in the low band (missed)"), of.missed),
        ("specificity", _("benign ones below the raised band (specificity)"), of.specificity),
    ]


def _readers(period: Period) -> Table:
    moles = read_moles(period)
    called = of_readers([mole.diagnosis for mole in moles])
    sent_on = of_readers([mole.sent_on for mole in moles])
    rows = [
        ("diagnosis_sensitivity", _("malignant ones called malignant (sensitivity)"), called[0]),
        ("diagnosis_specificity", _("benign ones called benign (specificity)"), called[1]),
        ("recommendation_sensitivity", _("malignant ones sent to a doctor (sensitivity)"), sent_on[0]),
        ("recommendation_specificity", _("benign ones not sent to a doctor (specificity)"), sent_on[1]),
    ]
    return Table(
        slug="readers",
        title=_("The readers"),
        over=over(
            gettext("Moles with an outcome and a case closed in the period: %(count)s."), count=len(moles)
        ),
        columns=FIGURE,
        rows=[[Label(code, text), share.count, share.of, share.estimate] for code, text, share in rows],
        notes=[
            _(
                "Of each mole the case closed last, with the diagnosis and the recommendation that it was "
                "closed with. Cases that the laboratory's word opened are left out, because their readers "
                "know it. A case closed without a class counts for the recommendation alone."
            ),
            CHOSEN,
        ],
    )
