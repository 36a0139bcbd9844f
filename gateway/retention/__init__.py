"""What of the record may go, what is held, and how does it go?"""
