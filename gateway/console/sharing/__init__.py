"""How does a data owner register databases, publish services and look after providers?"""
