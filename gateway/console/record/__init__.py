"""How do auditors and agencies find what was recorded?"""
