"""Who works here, for which agency, with which systems and keys, and how does he sign in?"""
