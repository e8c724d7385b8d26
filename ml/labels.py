"""The seven classes of HAM10000, in the order of the network's outputs."""

CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")

# The convention of Tschandl et al., Nature Medicine 2020, doi:10.1038/s41591-020-0942-0.
MALIGNANT = ("akiec", "bcc", "mel")

NAMES = {
    "akiec": "actinic keratosis or Bowen's disease",
    "bcc": "basal cell carcinoma",
    "bkl": "benign keratosis",
    "df": "dermatofibroma",
    "mel": "melanoma",
    "nv": "melanocytic naevus (common mole)",
    "vasc": "vascular lesion",
}

MALIGNANT_INDICES = tuple(CLASSES.index(name) for name in MALIGNANT)
