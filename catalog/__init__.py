"""What is published, by whom, and what has been agreed about it?"""
