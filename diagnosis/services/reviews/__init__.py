"""What clinicians read, what they and the patients say of it, and who is told."""
