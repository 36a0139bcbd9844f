"""How does a developer try a call, and find out why one was refused?"""
