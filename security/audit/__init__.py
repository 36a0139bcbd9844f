"""What happened, provably: who wrote it down, in which chain, and does it still hold?"""
