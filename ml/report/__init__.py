"""What `python -m ml.evaluate` measures, draws and writes."""
