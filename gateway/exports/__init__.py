"""How does a part of the record leave, so that others can check it without us?"""
