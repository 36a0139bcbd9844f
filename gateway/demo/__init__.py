"""What does the province look like when no real province is at hand? Synthetic, seeded, reproducible."""
