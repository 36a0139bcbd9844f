"""How do people ask for an agreement, decide about it, and look after it?"""
