"""Everything of an account as one ZIP, made by a worker."""
