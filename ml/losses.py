"""What training holds against the network: wrong classes, wrong outlines, lesions it can't tell apart."""

from typing import Any

import keras
import tensorflow as tf

from ml.labels import CLASSES, MALIGNANT


@keras.saving.register_keras_serializable("ml")
class ClassLoss(keras.losses.Loss):
    """Cross-entropy of the seven classes, and of malignant against benign with its weight.

    Takes one-hot or mixed labels (n, 7) and logits (n, 7).
    """

    def __init__(self, label_smoothing: float, malignant_weight: float, **keywords: Any):
        super().__init__(**keywords)
        self.label_smoothing, self.malignant_weight = label_smoothing, malignant_weight

    def call(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        labels = labels * (1 - self.label_smoothing) + self.label_smoothing / len(CLASSES)
        loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        if not self.malignant_weight:
            return loss
        chosen = tf.constant([name in MALIGNANT for name in CLASSES])
        odds = tf.reduce_logsumexp(tf.where(chosen, logits, -1e9), axis=1) - tf.reduce_logsumexp(
            tf.where(chosen, -1e9, logits), axis=1
        )
        target = tf.reduce_sum(tf.where(chosen, labels, 0.0), axis=1)
        return loss + self.malignant_weight * tf.nn.sigmoid_cross_entropy_with_logits(target, odds)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "label_smoothing": self.label_smoothing,
            "malignant_weight": self.malignant_weight,
        }


@keras.saving.register_keras_serializable("ml")
class OutlineLoss(keras.losses.Loss):
    """Cross-entropy of each place's belonging to the lesion; a photo whose outline nobody drew costs nothing.

    Takes shares (n, h, w, 1), NaN where nobody drew it, and logits of that shape.
    """

    def call(self, wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        drawn = tf.math.is_finite(wanted)
        # Both times: a NaN that is only left out at the end would still spoil the gradient.
        loss = tf.nn.sigmoid_cross_entropy_with_logits(tf.where(drawn, wanted, 0.0), logits)
        return tf.reduce_mean(tf.where(drawn, loss, 0.0), axis=-1)


@keras.saving.register_keras_serializable("ml")
class LesionLoss(keras.losses.Loss):
    """Cross-entropy of finding, among all other pictures of the batch, those of the same lesion.

    NT-Xent (Chen et al., ICML 2020): similarity is the cosine over `temperature`. All pictures of a lesion,
    views of one photo or several photos, belong together (Khosla et al., NeurIPS 2020). Takes the lesions'
    numbers (n,), each there twice at least, and what the network says of the pictures (n, m).
    """

    def __init__(self, temperature: float = 0.2, **keywords: Any):
        super().__init__(**keywords)
        self.temperature = temperature

    def call(self, lesions: tf.Tensor, said: tf.Tensor) -> tf.Tensor:
        lesions = tf.reshape(lesions, [-1])
        said = tf.math.l2_normalize(said, axis=1)
        itself = tf.eye(tf.shape(said)[0], dtype=tf.bool)
        similar = tf.where(itself, -1e9, tf.matmul(said, said, transpose_b=True) / self.temperature)
        same = tf.cast((lesions[:, None] == lesions[None, :]) & ~itself, tf.float32)
        found = similar - tf.reduce_logsumexp(similar, axis=1, keepdims=True)
        return -tf.reduce_sum(same * found, axis=1) / tf.reduce_sum(same, axis=1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"temperature": self.temperature}
