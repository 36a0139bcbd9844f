"""Who uses what he may call for something that he may not?"""
