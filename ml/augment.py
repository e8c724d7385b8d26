"""Augmentation of whole batches inside the input pipeline: geometry, light and colour.

A mole has no up or down, and every dermatoscope its own light: any rotation and flip, some zoom,
shift and stretch, and changes of brightness, contrast and the gain of each colour channel.
"""

import math

import tensorflow as tf

ZOOM = (0.75, 1.15)
STRETCH = 0.08
SHIFT = 0.08
BRIGHTNESS = 0.15
CONTRAST = (0.75, 1.3)
SATURATION = (0.7, 1.35)
CHANNEL_GAIN = 0.08


def augment(images: tf.Tensor, side: int) -> tf.Tensor:
    """Random views of whole images: uint8 (n, h, w, 3) -> float32 (n, side, side, 3) in 0..255."""
    return _recolour(_warp(tf.cast(images, tf.float32), side))


def _warp(images: tf.Tensor, side: int) -> tf.Tensor:
    """One random affine map an image, from output pixels to a square around the image's centre."""
    shape = tf.shape(images)
    count = shape[0]
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    angle = tf.random.uniform([count], 0.0, 2 * math.pi)
    # Source pixels for one output pixel: the shorter side fills the output at zoom 1.
    scale = height / side * tf.random.uniform([count], *ZOOM)
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


def _recolour(images: tf.Tensor) -> tf.Tensor:
    count = tf.shape(images)[0]
    one = [count, 1, 1, 1]
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = grey + (images - grey) * tf.random.uniform(one, *SATURATION)
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = mean + (images - mean) * tf.random.uniform(one, *CONTRAST)
    images *= 1 + tf.random.uniform(one, -BRIGHTNESS, BRIGHTNESS)
    images *= 1 + tf.random.uniform([count, 1, 1, 3], -CHANNEL_GAIN, CHANNEL_GAIN)
    return tf.clip_by_value(images, 0.0, 255.0)
