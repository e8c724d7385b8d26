"""The one app: people, moles, photos, predictions."""
