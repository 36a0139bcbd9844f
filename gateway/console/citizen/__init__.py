"""What does a citizen see of the use of his own data, and how does he sign in to see it?"""
