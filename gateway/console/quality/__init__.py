"""How good are the databases, by which rules, and who measures them?"""
