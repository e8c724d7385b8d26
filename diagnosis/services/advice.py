"""What to do next, in a sentence or two: said by the API and the pages alike."""

from diagnosis.models import Prediction

UNTESTED = (
    "The network was tested on photos taken through a dermatoscope alone, not on plain photos like this "
    "one. The number may be wrong, so no band is shown. If the mole worries you, show it to a doctor."
)
NEXT_STEP = {
    Prediction.Band.LOW: (
        "Low does not mean harmless. Keep watching the mole and photograph it again in about three "
        "months. If it changes, itches or bleeds, show it to a doctor."
    ),
    Prediction.Band.UNCLEAR: "Have a doctor look at this mole. The number alone can't settle it.",
    Prediction.Band.RAISED: (
        "Show this mole to a doctor soon. Ask for an appointment now; do not wait for another photo."
    ),
}


def advice_for(prediction: Prediction) -> str:
    """What the person should do now; empty while the prediction is not finished."""
    if prediction.status != Prediction.Status.SUCCEEDED:
        return prediction.advice
    if not prediction.photo.in_tested_input:
        return UNTESTED
    return NEXT_STEP[Prediction.Band(prediction.band)]
