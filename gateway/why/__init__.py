"""Why was a token or a call refused, link by link, and what mends it?"""
