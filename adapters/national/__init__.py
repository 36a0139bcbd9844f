"""How does each national service take a question and give an answer, in its own words and with its own traps?"""
