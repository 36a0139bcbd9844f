"""What looks like misuse, and what is said of it?"""
