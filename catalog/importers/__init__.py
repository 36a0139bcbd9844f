"""What would a service look like that is made from something that is there already?"""
