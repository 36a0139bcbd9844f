"""What happened, whom did it concern, and who may know who they are?"""
