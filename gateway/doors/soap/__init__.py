"""How does a SOAP message become an exchange, and an exchange's end a SOAP message again?"""
