"""What does a data owner have, before anything of it is published?"""
