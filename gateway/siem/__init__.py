"""How does the security team's own system (a SIEM) hear of everything that is recorded?"""
