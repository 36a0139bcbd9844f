"""What is done in the background, apart from any call?

Each job runs on its own beat and is safe to run twice and on several nodes at once. A job that fails is logged and tried again on
its next beat: none of them is needed for a call to be allowed, refused or recorded.
"""
