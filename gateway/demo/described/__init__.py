"""What does the demo province say of itself in the catalogue? Descriptions made from what the databases declare."""
