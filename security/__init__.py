"""Who is calling, what may leave, how much, and what is kept as proof?"""
