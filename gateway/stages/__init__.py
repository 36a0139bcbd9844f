"""Which one question does each step of an exchange answer?"""
