"""Which calls show what the demo province allows and refuses, and how is one run?"""
