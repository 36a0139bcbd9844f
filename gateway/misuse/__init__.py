"""Who watches the record for misuse, and whom does he tell?"""
