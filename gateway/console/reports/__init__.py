"""What do the exchanges of a period amount to?"""
