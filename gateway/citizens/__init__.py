"""What does a citizen see of the use of his own data, and how is it certain that it is he who asks?"""
