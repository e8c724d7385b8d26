"""What to do next, in a sentence or two: said by the API and the pages alike."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Opinion, Photo, Prediction
from diagnosis.services.said import said

PLAIN = _(
    "The bands were drawn and tested on photos taken through a dermatoscope, not on plain photos like "
    "this one, so no band is shown. The number may be far off."
)
# By what the network sees, where the owner said the other.
DISAGREE = {
    Photo.Kind.CLINICAL: _(
        "You said that this photo was taken through a dermatoscope, but to the network it looks like a "
        "plain photo. The bands were not tested on plain photos, so none is shown. The number may be far off."
    ),
    Photo.Kind.DERMATOSCOPIC: _(
        "You said that this is a plain photo, but to the network it looks like one taken through a "
        "dermatoscope. A band is shown only where owner and network agree on a dermatoscope. If it was "
        "taken through one, say so with the photo. The number may be far off."
    ),
}
WITHOUT_BAND = _("Don't rely on the number, high or low. If the mole worries you, show it to a doctor.")
NEXT_STEP = {
    Prediction.Band.LOW: _(
        "Low does not mean harmless. Keep watching the mole and photograph it again in about three "
        "months. If it changes, itches or bleeds, show it to a doctor."
    ),
    Prediction.Band.UNCLEAR: _("Have a doctor look at this mole. The number alone can't settle it."),
    Prediction.Band.RAISED: _(
        "Show this mole to a doctor soon. Ask for an appointment now; do not wait for another photo."
    ),
}

# By what clinicians recommend. They saw photos, so none of it is an all-clear.
REVIEW_STEP = {
    Opinion.Recommendation.NOTHING: _(
        "That is no all-clear: they saw photos, not you. If the mole changes, itches, bleeds or worries "
        "you, show it to a doctor."
    ),
    Opinion.Recommendation.REPHOTOGRAPH: _(
        "Take it sharp, in even light, with the mole in the middle. If the mole changes, itches, bleeds or "
        "worries you, do not wait for a photo: show it to a doctor."
    ),
    Opinion.Recommendation.SEE_DOCTOR: _(
        "Ask for an appointment and show this mole there. Another photo is no substitute."
    ),
    Opinion.Recommendation.URGENT: _(
        "Ask for an appointment now, and say that a clinician who saw the photo wants this mole looked at "
        "soon. Do not wait for another photo."
    ),
}


def review_leads(prediction: Prediction) -> bool:
    """Whether what a clinician recommends for the photo comes before what the prediction says: a doctor
    always does, and nothing less does where the band or what the person noticed asks for one."""
    photo = prediction.photo
    if photo.review is None or photo.review.sends_to_doctor:
        return photo.review is not None
    careful = prediction.shown_band in (Prediction.Band.UNCLEAR, Prediction.Band.RAISED)
    return not careful and not photo.symptoms


def why_no_band(prediction: Prediction) -> str:
    """Why a number comes without its band; empty where the band shows."""
    if prediction.in_tested_input:
        return ""
    return str(DISAGREE[Photo.Kind(prediction.photo_kind_seen)] if prediction.kinds_disagree else PLAIN)


def alarm(photo: Photo) -> str:
    """What outweighs every number; empty where the person noticed no symptom."""
    if not photo.symptoms:
        return ""
    *others, last = photo.symptoms_in_words
    if others:
        last = gettext("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last}
    noticed = gettext(
        "You noticed that this mole %(noticed)s. Show it to a doctor now, whatever the number says."
    )
    return noticed % {"noticed": last}


def advice_for(prediction: Prediction) -> str:
    """What the person should do now; empty while there is nothing to say."""
    photo = prediction.photo
    return " ".join(filter(None, [alarm(photo), _sent_to_doctor(photo), _next_step(prediction)]))


def _sent_to_doctor(photo: Photo) -> str:
    if photo.review is None or not photo.review.sends_to_doctor:
        return ""
    recommends = gettext("A clinician looked at this photo and recommends: %(recommends)s.")
    step = REVIEW_STEP[Opinion.Recommendation(photo.review.recommendation)]
    return f"{recommends % {'recommends': photo.review.recommends}} {step}"


def _next_step(prediction: Prediction) -> str:
    if prediction.status != Prediction.Status.SUCCEEDED:
        return said(prediction.advice)
    if why := why_no_band(prediction):
        return f"{why} {WITHOUT_BAND}"
    # No band may say less than the symptoms or a clinician do.
    review, raised = prediction.photo.review, prediction.band == Prediction.Band.RAISED
    if prediction.photo.symptoms or (review and review.sends_to_doctor and not raised):
        return ""
    return str(NEXT_STEP[Prediction.Band(prediction.band)])
