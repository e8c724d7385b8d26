"""A task that needs no diagnosis, to begin with: which pictures show the same lesion?

    python -m ml.train --run runs/A --set 'task="lesions"' ...
    python -m ml.train --run runs/B --set 'start="runs/A"' ...

Each photo is shown in two ways, and the network has to find the other one among all pictures of its batch.
What it learns to see by that, it need not learn from the diagnoses, of which there are few (SimCLR, Chen et
al., ICML 2020). It draws outlines and guesses the person besides, as in any training.
"""

import keras
import numpy as np
from keras import layers

from ml.data import Row

# Width of the layer between the trunk's maps and what is said of the lesion, and of what is said.
HIDDEN, SAID = 256, 128


def telling(network: keras.Model) -> keras.Model:
    """The network with a head that says of a picture what tells its lesion apart: `lesion` (n, 128).

    Its other outputs are the `outline` and, where it guesses it, the `person`. The head goes with its task.
    """
    inputs = keras.Input(network.input_shape[1:])
    # Nothing teaches it here.
    network.get_layer("logits").trainable = False
    seen = network(inputs)
    x = layers.GlobalAveragePooling2D(dtype="float32")(seen["maps"])
    x = layers.Dense(HIDDEN, use_bias=False, dtype="float32")(x)
    x = layers.Activation("relu", dtype="float32")(layers.BatchNormalization(dtype="float32")(x))
    said = layers.Dense(SAID, use_bias=False, dtype="float32", name="lesion")(x)
    outputs = {name: seen[name] for name in ("outline", "person") if name in seen}
    return keras.Model(inputs, {"lesion": said} | outputs, name="telling")


def network_in(model: keras.Model) -> keras.Model:
    """The network that `telling` was made of; of a model without such a head, the model itself."""
    return next((layer for layer in model.layers if isinstance(layer, keras.Model)), model)


def numbers(rows: list[Row]) -> np.ndarray:
    """A number for each row's lesion, the same for all its photos: int64 (n,)."""
    return np.unique([row.lesion_id for row in rows], return_inverse=True)[1]
