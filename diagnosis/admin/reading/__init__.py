"""The reading room: the queue, and the page on which a case is read."""
