"""How do we call a SOAP 1.1 or 1.2 provider and hand its answer on as JSON?"""
