"""Which doors does the platform have, and in which order does an exchange pass its checks?"""
