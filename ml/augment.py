"""Augmentation of whole batches inside the input pipeline: geometry, light, colour, sharpness.

A mole has no up or down, and every dermatoscope its own light and optics: any rotation and flip,
some zoom, shift and stretch, changes of brightness, contrast and the gain of each colour
channel, less detail, noise.
"""

import math

import tensorflow as tf

ZOOM = (0.7, 1.2)
STRETCH = 0.1
SHIFT = 0.08
BRIGHTNESS = 0.2
CONTRAST = (0.7, 1.4)
SATURATION = (0.6, 1.4)
CHANNEL_GAIN = 0.1
COARSE = 0.25  # share of the pictures that lose detail
COARSEST = 0.4  # what is left of their side at worst
NOISE = 6.0  # at most, as standard deviation
QUALITY = (30, 90)  # of JPEG, where pictures are compressed again


def augment(
    pixels: tf.Tensor,
    side: int,
    strength: float = 1.0,
    zoom: tuple[float, float] = ZOOM,
    degradation: float = 1.0,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Random views of whole pictures whose fourth channel is the lesion's mask, 0 or 255.

    uint8 (n, h, w, 4) -> pictures float32 (n, side, side, 3) in 0..255 and masks float32
    (n, side, side, 1) in 0..1. `strength` scales the changes of light and colour; `zoom` bounds the
    width of what is shown, as a share of the pictures' shorter side; `degradation` scales the share of
    pictures that lose detail, and the noise.
    """
    views = _warp(tf.cast(pixels, tf.float32), side, zoom)
    pictures = _recolour(_coarsen(views[..., :3], side, COARSE * degradation), strength, NOISE * degradation)
    return pictures, views[..., 3:] / 255.0


def recompress(pixels: tf.Tensor, share: float) -> tf.Tensor:
    """About `share` of the pictures saved as JPEG once more; masks stay: uint8 (n, h, w, 4) -> the same.

    Before they are turned and cropped, as what people send has been compressed before it is.
    """

    def one(picture: tf.Tensor) -> tf.Tensor:
        quality = tf.random.uniform([], QUALITY[0], QUALITY[1] + 1, tf.int32)
        return tf.concat([tf.image.adjust_jpeg_quality(picture[..., :3], quality), picture[..., 3:]], axis=2)

    return tf.map_fn(lambda x: tf.cond(tf.random.uniform([]) < share, lambda: one(x), lambda: x), pixels)


def mix(alpha: float, *tensors: tf.Tensor) -> list[tf.Tensor]:
    """Mixup (Zhang et al., ICLR 2018): each picture, with all that belongs to it, blended with another.

    `tensors` (n, ...) are a batch's pictures, masks, labels and the like.
    """
    count = tf.shape(tensors[0])[0]
    # A beta distribution, of two gamma ones.
    one, other = tf.random.gamma([count], alpha), tf.random.gamma([count], alpha)
    share = one / (one + other)

    def blend(x: tf.Tensor) -> tf.Tensor:
        weight = tf.reshape(share, [count] + [1] * (x.shape.rank - 1))
        return weight * x + (1 - weight) * x[::-1]

    return [blend(tensor) for tensor in tensors]


def _warp(images: tf.Tensor, side: int, zoom: tuple[float, float]) -> tf.Tensor:
    """One random affine map an image, from output pixels to a square around the image's centre."""
    shape = tf.shape(images)
    count = shape[0]
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    angle = tf.random.uniform([count], 0.0, 2 * math.pi)
    # Source pixels for one output pixel: the shorter side fills the output at zoom 1.
    scale = height / side * tf.random.uniform([count], *zoom)
    stretch = tf.random.uniform([count], 1 - STRETCH, 1 + STRETCH)
    flip = tf.where(tf.random.uniform([count]) < 0.5, -1.0, 1.0)
    a0, a1 = scale * stretch * tf.cos(angle) * flip, -scale / stretch * tf.sin(angle)
    b0, b1 = scale * stretch * tf.sin(angle) * flip, scale / stretch * tf.cos(angle)
    centre = (side - 1) / 2
    shift_x = height * tf.random.uniform([count], -SHIFT, SHIFT)
    shift_y = height * tf.random.uniform([count], -SHIFT, SHIFT)
    a2 = (width - 1) / 2 + shift_x - (a0 + a1) * centre
    b2 = (height - 1) / 2 + shift_y - (b0 + b1) * centre
    zero = tf.zeros_like(a0)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1),
        output_shape=tf.constant([side, side]),
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def _coarsen(images: tf.Tensor, side: int, share: float) -> tf.Tensor:
    """A `share` of the pictures made small and large again: other cameras, other compression."""
    left = tf.cast(side * tf.random.uniform([], COARSEST, 0.9), tf.int32)
    coarse = tf.image.resize(tf.image.resize(images, [left, left], antialias=True), [side, side])
    chosen = tf.random.uniform([tf.shape(images)[0], 1, 1, 1]) < share
    return tf.where(chosen, coarse, images)


def _recolour(images: tf.Tensor, strength: float, noise: float) -> tf.Tensor:
    count = tf.shape(images)[0]
    one = [count, 1, 1, 1]
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = grey + (images - grey) * _around_one(one, SATURATION, strength)
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = mean + (images - mean) * _around_one(one, CONTRAST, strength)
    images *= _around_one(one, (1 - BRIGHTNESS, 1 + BRIGHTNESS), strength)
    images *= _around_one([count, 1, 1, 3], (1 - CHANNEL_GAIN, 1 + CHANNEL_GAIN), strength)
    images += tf.random.normal(tf.shape(images)) * tf.random.uniform(one, 0.0, noise)
    return tf.clip_by_value(images, 0.0, 255.0)


def _around_one(shape: list[tf.Tensor | int], limits: tuple[float, float], strength: float) -> tf.Tensor:
    low, high = (1 + (limit - 1) * strength for limit in limits)
    return tf.random.uniform(shape, low, high)
