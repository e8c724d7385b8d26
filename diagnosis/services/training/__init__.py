"""What leaves the site for training: reviewed photos whose owners allow it, under pseudonyms."""
