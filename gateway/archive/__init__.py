"""How do old months of the record stand in files that prove themselves?"""
