"""The model versions of the site: added, tried out, activated, retired, rolled back."""
