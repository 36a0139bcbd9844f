"""How does the platform's database leave this machine whole, and come back?"""
