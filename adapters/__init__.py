"""How do we speak with a provider, whatever its technology, and what may it answer?"""
